// SPDX-License-Identifier: MIT
//! Reads the C header and our own declarations into one form: `name` to `type, type -> type`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn include_directory() -> PathBuf {
    let root = match env::var_os("POLLUX_SOURCE_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.."),
    };
    root.join("include")
}

fn header() -> String {
    let path = include_directory().join("pollux/pollux.h");
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {}; set POLLUX_SOURCE_DIR", path.display(), error));
    without_comments(&text)
}

fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").expect("an end of the comment").1;
    }
    kept + rest
}

/// Compiles a program whose `main` is `body` and reads what it prints, `name number` in each line.
pub fn run_c(name: &str, body: &str) -> BTreeMap<String, u64> {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let source = directory.join(format!("{}.c", name));
    let program = directory.join(name);
    let text = format!(
        "#include <pollux/pollux.h>\n#include <stddef.h>\n#include <stdio.h>\n\
         int main(void) {{\n{}return 0;\n}}\n",
        body
    );
    fs::write(&source, text).unwrap();
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_string());
    let status = Command::new(&compiler)
        .args(["-std=c11", "-I"])
        .arg(include_directory())
        .arg("-o")
        .args([&program, &source])
        .status()
        .unwrap_or_else(|error| panic!("the C compiler '{}': {}", compiler, error));
    assert!(status.success(), "{} does not compile", source.display());
    let output = Command::new(&program).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    printed
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, number)| (name.to_string(), number.parse().unwrap()))
        .collect()
}

/// The names of all `#define PLX_NAME number`.
pub fn header_constants() -> Vec<String> {
    let text = header();
    let definitions = text
        .lines()
        .filter_map(|line| line.strip_prefix("#define PLX_"))
        .filter_map(|line| line.split_once(' '));
    definitions
        .filter(|(_, value)| value.starts_with("UINT32_C(") || value.parse::<u32>().is_ok())
        .map(|(name, _)| format!("PLX_{}", name))
        .collect()
}

// Signatures --------------------------------------------------------------------------------------

type Signatures = BTreeMap<String, String>;

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A C type in Rust's words, such as `const char*` as `*const c_char`.
fn c_type(text: &str) -> String {
    if let Some(pointed) = text.strip_suffix('*') {
        let pointed = pointed.trim();
        return match pointed.strip_prefix("const ") {
            Some(pointed) => format!("*const {}", c_type(pointed)),
            None => format!("*mut {}", c_type(pointed)),
        };
    }
    let name = match text {
        "int" => "c_int",
        "char" => "c_char",
        "void" => "c_void",
        "size_t" => "usize",
        "uint32_t" => "u32",
        "uint64_t" => "u64",
        "int64_t" => "i64",
        other => other,
    };
    name.to_string()
}

/// `returned name(type a, type b)`; `name` may be in parentheses with a star.
fn c_signature(declaration: &str) -> (String, String) {
    let declaration = words(declaration);
    let end = declaration.rfind(')').unwrap();
    let start = declaration.rfind('(').unwrap();
    let head = declaration[..start].trim().trim_end_matches(')');
    let name_at = head.rfind([' ', '*']).unwrap() + 1;
    let returned = head[..name_at].trim_end_matches("(*").trim();
    let arguments = &declaration[start + 1..end];
    let types: Vec<_> = arguments
        .split(", ")
        .filter(|argument| *argument != "void")
        .map(|argument| c_type(argument[..argument.rfind([' ', '*']).unwrap() + 1].trim()))
        .collect();
    let returned = match returned {
        "void" => "()".to_string(),
        other => c_type(other),
    };
    (
        head[name_at..].to_string(),
        format!("{} -> {}", types.join(", "), returned),
    )
}

fn pieces<'a>(text: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> + 'a {
    text.split(opening)
        .skip(1)
        .map(|piece| piece.split_once(';').unwrap().0)
}

pub fn header_functions() -> Signatures {
    pieces(&header(), "\nPLX_EXPORT ")
        .map(c_signature)
        .collect()
}

/// Callbacks with their signature; structs and the like with what they are.
pub fn header_types() -> Signatures {
    let text = header();
    let types = pieces(&text, "\ntypedef ").map(|declaration| {
        if declaration.contains("(*") {
            return c_signature(declaration);
        }
        let declared = words(declaration.split('{').next().unwrap());
        let mut parts = declared.split(' ');
        match (parts.next().unwrap(), parts.next().unwrap()) {
            ("struct", name) => (name.to_string(), "struct".to_string()),
            (number, name) => (name.to_string(), c_type(number)),
        }
    });
    types.collect()
}

// Ours --------------------------------------------------------------------------------------------

fn rust_source() -> String {
    let sources = [
        include_str!("../../src/poller.rs"),
        include_str!("../../src/event_loop.rs"),
    ];
    let all = sources.concat();
    let lines = all.lines().filter(|line| !line.trim().starts_with("//"));
    words(&lines.collect::<Vec<_>>().join("\n"))
}

/// `(a: type, b: type) -> type`
fn rust_signature(text: &str) -> String {
    let (arguments, returned) = text.rsplit_once(')').unwrap();
    let arguments = arguments.split_once('(').unwrap().1;
    let types: Vec<_> = arguments
        .split(',')
        .filter_map(|argument| argument.split_once(": "))
        .map(|(_, kind)| kind.trim())
        .collect();
    let returned = returned.trim().strip_prefix("-> ").unwrap_or("()");
    format!("{} -> {}", types.join(", "), returned)
}

pub fn rust_functions() -> Signatures {
    let source = rust_source();
    let functions = pieces(&source, "pub fn ").map(|declaration| {
        let name = declaration.split('(').next().unwrap();
        (name.to_string(), rust_signature(declaration))
    });
    functions.collect()
}

pub fn rust_types() -> Signatures {
    let source = rust_source();
    let mut all = Signatures::new();
    for declaration in pieces(&source, "pub type ") {
        let (name, meaning) = declaration.split_once(" =").unwrap();
        let meaning = match meaning.split_once("extern \"C\" fn") {
            Some((_, signature)) => rust_signature(signature.trim_end_matches([' ', ',', '>'])),
            None => meaning.trim().to_string(),
        };
        all.insert(name.to_string(), meaning);
    }
    for opening in ["pub struct ", "opaque! { "] {
        for piece in source.split(opening).skip(1) {
            let name = piece.split(' ').next().unwrap();
            all.insert(name.to_string(), "struct".to_string());
        }
    }
    all
}
