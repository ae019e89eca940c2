//! The house stands: imports point down, the ground is silent, Heroku is changed in one place.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the ground up. Modules of one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["policy", "secret", "visible"],
    &["config", "report", "tick"],
    &["ports"],
    &["cycle"],
    &["adapters", "sim"],
    &["cli"],
    &["main", "bin"],
];

const FUNCTION_LINES_MAX: usize = 60;
const FILE_LINES_MAX: usize = 400;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The floor's module that the file belongs to: `policy` for `src/policy/step.rs`.
    fn module(&self) -> String {
        let inside = self.path.strip_prefix(root().join("src")).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    /// The code without its tests and comments.
    fn code(&self) -> String {
        let product = self.text.split("#[cfg(test)]").next().unwrap();
        let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source { path, text });
            }
        }
    }
    assert!(found.len() > 20, "the sources are where they are looked for");
    found
}

fn floor(module: &str) -> usize {
    let found = FLOORS.iter().position(|floor| floor.contains(&module));
    found.unwrap_or_else(|| panic!("module {module} has no floor"))
}

/// The modules that a piece of code names.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for prefix in ["crate::", "dynoscaler::"] {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &code[at + prefix.len()..];
            let name: String = rest.chars().take_while(|c| c.is_lowercase() || *c == '_').collect();
            let names = match rest.strip_prefix('{') {
                None => vec![name],
                Some(list) => list
                    .split('}')
                    .next()
                    .unwrap()
                    .split(',')
                    .map(|item| item.trim().split("::").next().unwrap().to_owned())
                    .collect(),
            };
            found.extend(names.into_iter().filter(|name| !name.is_empty()));
        }
    }
    found
}

fn pointing_up(module: &str, code: &str) -> Vec<String> {
    let is_up = |import: &String| import != module && floor(module) <= floor(import);
    imports(code).into_iter().filter(is_up).collect()
}

const NOT_ON_THE_GROUND: &[&str] = &[
    "async",
    ".await",
    "Timestamp::now(",
    "std::env",
    "std::fs",
    "std::net",
    "std::time::",
    "tracing",
    "println!",
    "tokio",
    "aws_",
    "reqwest",
    "rand",
    "serde_json",
];

fn noises(code: &str) -> Vec<&'static str> {
    NOT_ON_THE_GROUND.iter().copied().filter(|noise| code.contains(noise)).collect()
}

#[test]
fn imports_point_only_down() {
    for source in sources().iter().filter(|source| source.module() != "lib") {
        let up = pointing_up(&source.module(), &source.code());
        assert!(up.is_empty(), "{}: {up:?}", source.path.display());
    }
}

#[test]
fn the_ground_is_silent() {
    for source in sources().iter().filter(|source| source.module() == "policy") {
        assert_eq!(noises(&source.code()), [""; 0], "{}", source.path.display());
    }
}

#[test]
fn the_checks_bite() {
    assert_eq!(pointing_up("policy", "use crate::config::Config;"), ["config"]);
    assert_eq!(pointing_up("cycle", "use crate::{policy::Reason, adapters};"), ["adapters"]);
    assert_eq!(pointing_up("sim", "fn f(_: crate::adapters::Http) {}"), ["adapters"]);
    assert_eq!(pointing_up("cycle", "use crate::policy::Reason;"), [""; 0]);
    assert_eq!(noises("pub async fn f() { Timestamp::now() }"), ["async", "Timestamp::now("]);
    assert_eq!(long_functions(&format!("fn f() {{\n{}}}\n", "    x();\n".repeat(60))), ["f"]);
    let declared = format!("fn f();\n{}}}\n", "x\n".repeat(61));
    assert_eq!(long_functions(&declared), [""; 0]);
}

#[test]
fn only_the_config_reads_the_environment() {
    for source in sources().iter().filter(|source| source.module() != "config") {
        assert!(!source.code().contains("env::var"), "{}", source.path.display());
    }
}

#[test]
fn only_adapters_name_an_sdk_or_an_http_client() {
    for source in sources().iter().filter(|source| source.module() != "adapters") {
        for name in ["aws_sdk", "aws_smithy", "aws_config", "reqwest", "rustls"] {
            assert!(!source.code().contains(name), "{}: {name}", source.path.display());
        }
    }
}

#[test]
fn heroku_is_changed_in_one_place() {
    let sources = sources();
    let calls = sources.iter().filter(|source| source.code().contains(".set_quantity("));
    let files: Vec<_> = calls.map(|source| source.path.file_name().unwrap()).collect();
    assert_eq!(files, ["act.rs"]);
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{}", source.path.display());
    }
}

/// The names of functions longer than [`FUNCTION_LINES_MAX`], in code as rustfmt writes it.
fn long_functions(code: &str) -> Vec<String> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some((_, rest)) = line.split_once("fn ").filter(|(before, _)| !before.contains('"'))
        else {
            continue;
        };
        let end = format!("{}}}", " ".repeat(indent));
        let signature = lines[start..].iter().find(|line| line.ends_with([';', '{', '}']));
        if signature.is_none_or(|line| line.ends_with(';')) {
            continue;
        }
        let length = lines[start..].iter().position(|line| *line == end);
        if length.is_some_and(|length| length > FUNCTION_LINES_MAX) {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn functions_and_files_stay_short_enough_to_read() {
    for source in sources() {
        let path = source.path.display();
        assert_eq!(long_functions(&source.text), [""; 0], "{path}");
        let lines = source.text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{path} has {lines} lines");
    }
}
