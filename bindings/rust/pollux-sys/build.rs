// SPDX-License-Identifier: MIT
//! Finds the C library, or builds it: see README.md, "Where the library comes from".

use std::env;
use std::path::{Path, PathBuf};
use std::process::{exit, Command, Stdio};

/// While the major version is 0, a new minor version may change the interface.
const AT_LEAST: &str = "0.1.0";
const BELOW: &str = "0.2.0";

const VARIABLES: &[&str] = &[
    "POLLUX_LIB_DIR",
    "POLLUX_STATIC",
    "POLLUX_FROM_SOURCE",
    "POLLUX_SOURCE_DIR",
    "PKG_CONFIG",
    "PKG_CONFIG_PATH",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_SYSROOT_DIR",
    "PKG_CONFIG_ALLOW_CROSS",
    "CMAKE",
    "CMAKE_GENERATOR",
    "CMAKE_TOOLCHAIN_FILE",
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
];

/// What the library is built from, below the root of the repository.
const SOURCES: &[&str] = &["CMakeLists.txt", "capi", "cmake", "include", "src"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for variable in VARIABLES {
        println!("cargo:rerun-if-env-changed={}", variable);
    }
    // There the documentation is made, and nothing is linked.
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    if let Some(directory) = env::var_os("POLLUX_LIB_DIR") {
        link_from(Path::new(&directory));
    } else if is_set("POLLUX_FROM_SOURCE") || !link_installed() {
        link_built();
    }
}

fn fail(message: &str) -> ! {
    eprintln!("\npollux-sys: {}\n", message);
    exit(1);
}

fn is_set(variable: &str) -> bool {
    matches!(env::var(variable), Ok(value) if !value.is_empty() && value != "0")
}

fn is_cross() -> bool {
    env::var("HOST") != env::var("TARGET")
}

// A directory that the user names -----------------------------------------------------------------

fn link_from(directory: &Path) {
    let archive = directory.join("libpollux.a");
    let shared = ["libpollux.so", "libpollux.dylib"].map(|name| directory.join(name));
    println!("cargo:rerun-if-changed={}", archive.display());
    for path in &shared {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    let has_shared = shared.iter().any(|path| path.exists());
    let kind = match (archive.exists(), has_shared) {
        (false, false) => fail(&format!(
            "POLLUX_LIB_DIR is '{}', but neither libpollux.a nor libpollux.so (.dylib) is there",
            directory.display()
        )),
        (false, true) if is_set("POLLUX_STATIC") => fail(&format!(
            "POLLUX_STATIC asks for libpollux.a, which is not in POLLUX_LIB_DIR, '{}'",
            directory.display()
        )),
        (true, false) => "static",
        (true, true) if is_set("POLLUX_STATIC") => "static",
        _ => "dylib",
    };
    println!("cargo:rustc-link-search=native={}", directory.display());
    println!("cargo:rustc-link-lib={}=pollux", kind);
}

// The installed library ---------------------------------------------------------------------------

fn pkg_config(arguments: &[&str]) -> Option<String> {
    let program = env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_string())
}

/// False if there is none that fits.
fn link_installed() -> bool {
    // What pkg-config knows is the host's, unless the user says otherwise.
    if is_cross() && !is_set("PKG_CONFIG_ALLOW_CROSS") && !is_set("PKG_CONFIG_SYSROOT_DIR") {
        return false;
    }
    let found = match pkg_config(&["--modversion", "pollux"]) {
        Some(version) => version,
        None => return false,
    };
    let at_least = format!("pollux >= {}", AT_LEAST);
    let below = format!("pollux < {}", BELOW);
    if pkg_config(&["--exists", &at_least, &below]).is_none() {
        println!(
            "cargo:warning=the installed pollux is {}, but >= {} and < {} is needed: building it",
            found, AT_LEAST, BELOW
        );
        return false;
    }
    let flags = if is_set("POLLUX_STATIC") {
        pkg_config(&["--libs", "--static", "pollux"])
    } else {
        pkg_config(&["--libs", "pollux"])
    };
    match flags {
        Some(flags) => print_flags(&flags),
        None => fail("pkg-config knows pollux, but 'pkg-config --libs pollux' fails"),
    }
    if let Some(include) = pkg_config(&["--variable=includedir", "pollux"]) {
        println!("cargo:include={}", include);
    }
    true
}

fn print_flags(flags: &str) {
    let kind = if is_set("POLLUX_STATIC") {
        "static="
    } else {
        ""
    };
    for flag in flags.split_whitespace() {
        if let Some(directory) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={}", directory);
        } else if flag == "-lpollux" {
            println!("cargo:rustc-link-lib={}pollux", kind);
        } else if let Some(library) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={}", library);
        }
    }
    // Linkers look there anyway, but rustc has to be told for static ones.
    if let (true, Some(directory)) = (
        is_set("POLLUX_STATIC"),
        pkg_config(&["--variable=libdir", "pollux"]),
    ) {
        println!("cargo:rustc-link-search=native={}", directory);
    }
}

// From source -------------------------------------------------------------------------------------

fn link_built() {
    let root = source_directory();
    for source in SOURCES {
        println!("cargo:rerun-if-changed={}", root.join(source).display());
    }
    let build = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("build");
    let cmake = env::var_os("CMAKE").unwrap_or_else(|| "cmake".into());

    let mut configure = Command::new(&cmake);
    configure.arg("-S").arg(&root).arg("-B").arg(&build);
    configure.args(["-DCMAKE_BUILD_TYPE=Release", "-DPOLLUX_WERROR=OFF"]);
    configure.args(["-DPOLLUX_TESTS=OFF", "-DPOLLUX_EXAMPLES=OFF"]);
    add_platform(&mut configure, &build);
    run(&mut configure, "cmake could not configure the library");

    let mut make = Command::new(&cmake);
    make.arg("--build").arg(&build);
    make.args(["--target", "pollux_static", "--config", "Release"]);
    make.args([
        "--parallel",
        &env::var("NUM_JOBS").unwrap_or_else(|_| "1".into()),
    ]);
    run(&mut make, "the library does not build");

    println!("cargo:rustc-link-search=native={}", build.display());
    println!("cargo:rustc-link-lib=static=pollux");
    println!("cargo:include={}", root.join("include").display());
}

fn source_directory() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let here = Path::new(&manifest).join("../../..");
    let root = match env::var_os("POLLUX_SOURCE_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => here,
    };
    if root.join("include/pollux/pollux.h").exists() {
        return root;
    }
    fail(&format!(
        "the C library was not found. Do one of these:\n\
         \x20 - install it, so that 'pkg-config --modversion pollux' answers {} or later\n\
         \x20 - set POLLUX_LIB_DIR to the directory that has libpollux.so or libpollux.a\n\
         \x20 - set POLLUX_SOURCE_DIR to its source; cmake and a C++20 compiler then build it\n\
         \x20   (no source is at '{}')",
        AT_LEAST,
        root.display()
    ));
}

fn add_platform(configure: &mut Command, build: &Path) {
    let is_new = !build.join("CMakeCache.txt").exists();
    if is_new && env::var_os("CMAKE_GENERATOR").is_none() && is_program("ninja") {
        configure.args(["-G", "Ninja"]);
    }
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("macos") {
        let architecture = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
            Ok("aarch64") => "arm64".to_string(),
            Ok(other) => other.to_string(),
            Err(_) => return,
        };
        configure.arg(format!("-DCMAKE_OSX_ARCHITECTURES={}", architecture));
    } else if is_cross() && !is_set("CMAKE_TOOLCHAIN_FILE") && !is_set("CXX") {
        fail(&format!(
            "building the library for {} needs a compiler for it: set CMAKE_TOOLCHAIN_FILE, or CC \
             and CXX; or set POLLUX_LIB_DIR to a library for it",
            env::var("TARGET").unwrap_or_default()
        ));
    }
}

fn is_program(name: &str) -> bool {
    let status = Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    matches!(status, Ok(status) if status.success())
}

fn run(command: &mut Command, what: &str) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => fail(&format!("{} ({}); its output is above", what, status)),
        Err(error) => fail(&format!(
            "'{}' cannot be run: {}. Install cmake and a C++20 compiler, or set POLLUX_LIB_DIR to \
             a built library",
            command.get_program().to_string_lossy(),
            error
        )),
    }
}
