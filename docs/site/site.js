// SPDX-License-Identifier: MIT
// What the pages can do beyond being read: tabs of languages, the search, the mark in the menu.
// Without it everything is there, one below the other.
"use strict";

// Tabs: the choice holds for all of them and is kept for the next page ---------------------------

function remembered(language) {
    try {
        if (language) localStorage.setItem("language", language);
        return localStorage.getItem("language");
    } catch {
        return language; // no storage here
    }
}

function choose(language) {
    for (const group of document.querySelectorAll(".languages.tabbed")) {
        const tabs = [...group.querySelectorAll("[role=tab]")];
        const chosen = tabs.find((tab) => tab.textContent === language) || tabs[0];
        for (const tab of tabs) {
            const isChosen = tab === chosen;
            tab.setAttribute("aria-selected", String(isChosen));
            tab.tabIndex = isChosen ? 0 : -1;
            document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
        }
    }
}

function onTabKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tabs = [...event.currentTarget.children];
    const next = (tabs.indexOf(event.target) + step + tabs.length) % tabs.length;
    event.preventDefault();
    tabs[next].click();
    tabs[next].focus();
}

function makeTabs(group, number) {
    const sections = [...group.querySelectorAll("section")];
    if (sections.length < 2) return;
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Language");
    list.addEventListener("keydown", onTabKey);
    sections.forEach((section, index) => {
        const tab = document.createElement("button");
        tab.type = "button";
        tab.id = `tab-${number}-${index}`;
        tab.textContent = section.querySelector("h3").textContent;
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", `panel-${number}-${index}`);
        section.id = `panel-${number}-${index}`;
        section.setAttribute("role", "tabpanel");
        section.setAttribute("aria-labelledby", tab.id);
        tab.addEventListener("click", () => {
            const before = tab.getBoundingClientRect().top;
            choose(remembered(tab.textContent) || tab.textContent);
            // The tabs further up may have changed their height.
            scrollBy(0, tab.getBoundingClientRect().top - before);
        });
        list.append(tab);
    });
    group.prepend(list);
    group.classList.add("tabbed");
}

// The search: an index of all sections, loaded when it is first wanted ----------------------------

let indexLoading = null;

function loadIndex() {
    indexLoading ||= new Promise((loaded, failed) => {
        const script = document.createElement("script");
        script.src = "search-index.js";
        script.onload = () => loaded(window.searchIndex);
        script.onerror = failed;
        document.head.append(script);
    });
    return indexLoading;
}

// Where a word is found decides how good the find is; all words have to be found.
function score(entry, words) {
    const [, title, heading, text] = entry.map((part) => part.toLowerCase());
    let sum = 0;
    for (const word of words) {
        if (heading.replace("()", "") === word) sum += 100;
        else if (heading.startsWith(word)) sum += 40;
        else if (heading.includes(word)) sum += 20;
        else if (title.includes(word)) sum += 8;
        else if (text.includes(word)) sum += 2;
        else return 0;
    }
    return sum;
}

function withMarks(text, words) {
    const span = document.createElement("span");
    const pattern = words.map((word) => word.replace(/[^\w]/g, "\\$&")).join("|");
    text.split(new RegExp(`(${pattern})`, "i")).forEach((part, index) => {
        const piece = document.createElement(index % 2 ? "mark" : "span");
        piece.textContent = part;
        span.append(piece);
    });
    return span;
}

function excerpt(text, words) {
    const at = text.toLowerCase().indexOf(words.find((word) => text.toLowerCase().includes(word)));
    const from = text.indexOf(" ", at - 40) + 1;
    const start = at > 40 && from < at ? from : 0;
    const end = start + 140 < text.length ? text.lastIndexOf(" ", start + 140) : text.length;
    return (start > 0 ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
}

function showResult(entry, words) {
    const [address, title, heading, text] = entry;
    const link = document.createElement("a");
    link.href = address;
    const name = document.createElement("b");
    name.textContent = heading || title;
    const place = document.createElement("small");
    place.append(heading && heading !== title ? `${title}: ` : "");
    place.append(withMarks(excerpt(text, words), words));
    link.append(name, place);
    return link;
}

async function search(input, results) {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    results.hidden = words.length === 0;
    if (results.hidden) return;
    const index = await loadIndex();
    if (words.join(" ") !== input.value.toLowerCase().trim().replace(/\s+/g, " ")) return;
    const found = index
        .map((entry) => [score(entry, words), entry])
        .filter(([points]) => points > 0)
        .sort(([one], [other]) => other - one)
        .slice(0, 20);
    results.replaceChildren(...found.map(([, entry]) => showResult(entry, words)));
    if (found.length === 0) {
        const nothing = document.createElement("p");
        nothing.textContent = "Nothing has all of these words.";
        results.append(nothing);
    }
}

function startSearch() {
    const input = document.getElementById("search");
    const results = document.getElementById("results");
    const links = () => [...results.querySelectorAll("a")];
    const close = () => {
        results.hidden = true;
    };
    input.hidden = false;
    input.addEventListener("focus", loadIndex, { once: true });
    input.addEventListener("input", () => search(input, results));
    results.addEventListener("click", close);
    document.addEventListener("keydown", (event) => {
        const all = [input, ...links()];
        const at = all.indexOf(document.activeElement);
        if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
            event.preventDefault();
            input.focus();
        } else if (event.key === "Escape") {
            close();
        } else if (at >= 0 && event.key === "ArrowDown" && at + 1 < all.length) {
            event.preventDefault();
            all[at + 1].focus();
        } else if (at >= 1 && event.key === "ArrowUp") {
            event.preventDefault();
            all[at - 1].focus();
        } else if (at === 0 && event.key === "Enter" && all[1]) {
            all[1].click();
        }
    });
    document.addEventListener("click", (event) => {
        if (!event.target.closest(".search")) close();
    });
}

// -------------------------------------------------------------------------------------------------

function startMenu() {
    const nav = document.querySelector(".pages");
    nav.addEventListener("click", (event) => {
        if (event.target.closest("a")) document.getElementById("menu").checked = false;
    });
    const here = location.pathname.split("/").pop() || "index.html";
    for (const link of nav.querySelectorAll("a")) {
        if (link.getAttribute("href") === here) link.setAttribute("aria-current", "page");
    }
}

document.querySelectorAll(".languages").forEach(makeTabs);
choose(remembered());
startSearch();
startMenu();
