//! The architecture: imports point down and in no circle, policy is pure, Heroku is changed in one
//! place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use dynoscaler::config::{settings, variable};

/// The floors from the ground up. Modules of one floor do not import each other. A member of the
/// workspace counts as a module.
const FLOORS: &[&[&str]] = &[
    &["policy", "secret", "visible"],
    &["target"],
    &["config", "report", "tick"],
    &["ports"],
    &["cycle"],
    &["fleet"],
    &["adapters", "sim"],
    &["cli"],
    &["main", "proof"],
];

/// The members of the workspace that are on a floor.
const MEMBERS: &[&str] = &["sim", "cli", "proof"];

/// What no test is compiled of: each would be a program more to link.
const WITHOUT_TESTS: &[&str] =
    &["src/main.rs", "cli/src/main.rs", "proof/src", "sim/src", "tests/support/src"];

/// What no example of a comment is compiled of.
const WITHOUT_EXAMPLES: &[&str] = &["cli/src", "proof/src", "sim/src", "tests/support/src"];

const FUNCTION_LINES_MAX: usize = 60;
const FILE_LINES_MAX: usize = 400;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The path from `src`; of a member, from the root: `cli/pause.rs` for `cli/src/pause.rs`.
    fn inside(&self) -> PathBuf {
        let path = self.path.strip_prefix(root()).unwrap();
        path.iter().filter(|name| *name != "src").collect()
    }

    /// The floor's module that the file belongs to: `policy` for `src/policy/step.rs`.
    fn module(&self) -> String {
        let inside = self.inside();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    /// The module: `policy::rules::step` for `src/policy/rules/step.rs`.
    fn path(&self) -> Module {
        let inside = self.inside().with_extension("");
        let names = inside.iter().map(|name| name.to_str().unwrap().to_owned());
        names.filter(|name| !["mod", "lib"].contains(&&**name)).collect()
    }

    /// The code without its tests and comments.
    fn code(&self) -> String {
        let product = self.text.split("#[cfg(test)]").next().unwrap();
        let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
        as_one_crate(&self.module(), lines.collect::<Vec<_>>().join("\n"))
    }
}

/// The code of a member as if the workspace were one crate and the member a module of it.
fn as_one_crate(member: &str, code: String) -> String {
    if !MEMBERS.contains(&member) {
        return code;
    }
    let code = code.replace("crate::", &format!("crate::{member}::"));
    MEMBERS
        .iter()
        .fold(code, |code, it| {
            code.replace(&format!("dynoscaler_{it}::"), &format!("crate::{it}::"))
        })
        .replace("dynoscaler::", "crate::")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let members = MEMBERS.iter().map(|member| root().join(member).join("src"));
    let found = sources_in(members.chain([root().join("src")]));
    assert!(found.len() > 20, "the sources are found");
    found
}

fn sources_in(places: impl Iterator<Item = PathBuf>) -> Vec<Source> {
    let mut places: Vec<PathBuf> = places.collect();
    let mut found = Vec::new();
    while let Some(path) = places.pop() {
        if path.is_dir() {
            places.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source { path, text });
        }
    }
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

/// A module, by the names from the root of the crate down to it.
type Module = Vec<String>;

/// The path of a name: the names between the `::`.
type Name = Vec<String>;

/// Every module with its code.
struct Modules(BTreeMap<Module, String>);

impl Modules {
    fn of_the_crate() -> Self {
        let product = |source: &Source| !["main", "proof"].contains(&&*source.module());
        let named = |source: Source| (source.path(), source.code());
        Self(sources().into_iter().filter(product).map(named).collect())
    }

    /// The module that declares a path which is written in `from`: re-exports are followed.
    fn declaring(&self, from: &[String], path: &[String]) -> Option<Module> {
        let mut at = from.to_vec();
        for (index, name) in path.iter().enumerate() {
            match &**name {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()?),
                _ if self.0.contains_key(&[&at[..], &path[index..=index]].concat()) => {
                    at.push(name.clone());
                }
                _ => return Some(self.origin(&at, name).unwrap_or(at)),
            }
        }
        Some(at)
    }

    /// Where a name of `module` comes from, unless it is declared there.
    fn origin(&self, module: &[String], name: &str) -> Option<Module> {
        let code = self.0.get(module)?;
        let used = code.match_indices("use ").flat_map(|(at, it)| paths(&code[at + it.len()..]));
        let path = used.into_iter().find(|path| path.last().is_some_and(|last| last == name))?;
        let is_name_alone = path.len() == 1;
        if is_name_alone { None } else { self.declaring(module, &path) }
    }

    /// The paths in the code of a module that lead to modules. A re-export is no use.
    fn used(&self, user: &[String], code: &str) -> Vec<Name> {
        let offers = |item: &str| ["pub use ", ") use "].iter().any(|offer| item.contains(offer));
        let code: String = code.split_inclusive(';').filter(|item| !offers(item)).collect();
        let is_room = |module: &&Module| module.len() == user.len() + 1 && module.starts_with(user);
        let rooms = self.0.keys().filter(is_room).filter_map(|module| module.last());
        let starts = ["crate", "super", "self"].into_iter().chain(rooms.map(String::as_str));
        starts.flat_map(|start| paths_from(&format!("{start}::"), &code)).collect()
    }

    /// Which module uses which, for each folder: each with all modules in it, and `mod` for the
    /// declarations of the folder's own file.
    fn arrows(&self) -> BTreeMap<Module, BTreeSet<(String, String)>> {
        let mut arrows = BTreeMap::<_, BTreeSet<_>>::new();
        for (user, code) in &self.0 {
            for used in self.used(user, code).iter().filter_map(|path| self.declaring(user, path)) {
                let shared = user.iter().zip(&used).take_while(|(a, b)| a == b).count();
                let room = |module: &Module| module.get(shared).map_or("mod", |it| it).to_owned();
                if room(user) != room(&used) {
                    let folder = user[..shared].to_vec();
                    arrows.entry(folder).or_default().insert((room(user), room(&used)));
                }
            }
        }
        arrows
    }
}

/// The arrows in circles: those that lead to an end or come from a beginning are removed.
fn circles(arrows: &BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    let mut left = arrows.clone();
    loop {
        let (users, used): (BTreeSet<_>, BTreeSet<_>) = left.iter().cloned().unzip();
        let within =
            |arrow: &&(String, String)| used.contains(&arrow.0) && users.contains(&arrow.1);
        let closer: BTreeSet<_> = left.iter().filter(within).cloned().collect();
        if left == closer {
            return left;
        }
        left = closer;
    }
}

/// The paths in code that begin so.
fn paths_from(start: &str, code: &str) -> Vec<Name> {
    let is_path = |at: usize| {
        let before = &code[..at];
        let is_visibility = before.ends_with("(in ");
        !is_visibility && !before.ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c))
    };
    let starts = code.match_indices(start).filter(|(at, _)| is_path(*at));
    starts.flat_map(|(at, _)| paths(&code[at..])).collect()
}

/// The paths at the beginning of `code`: more than one if it ends in a group.
fn paths(code: &str) -> Vec<Name> {
    let name: String = code.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let rest = &code[name.len()..];
    let below = match rest.strip_prefix("::") {
        None => vec![Name::new()],
        Some(rest) if rest.starts_with('{') => group(rest).into_iter().flat_map(paths).collect(),
        Some(rest) => paths(rest),
    };
    below.into_iter().map(|path| [vec![name.clone()], path].concat()).collect()
}

/// The parts of a group in braces.
fn group(code: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 1, Vec::new());
    for (at, c) in code.char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if (depth == 1 && c == ',') || depth == 0 {
            parts.push(code[start..at].trim());
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Where modules still use each other in a circle. The list may only shrink.
const WITH_CIRCLES: &[&str] =
    &["adapters/state_item", "cli", "cli/arrivals", "cli/doctor", "cli/status", "config"];

#[test]
fn what_no_test_is_compiled_of_has_none() {
    for (places, marks) in [
        (WITHOUT_TESTS, &["#[test]", "#[tokio::test", "#[cfg(test)]", "proptest!"][..]),
        (WITHOUT_EXAMPLES, &["/// ```", "//! ```"]),
    ] {
        for source in sources_in(places.iter().map(|place| root().join(place))) {
            let path = source.path.display();
            let found = marks.iter().find(|mark| source.text.contains(**mark));
            assert_eq!(found, None, "{path}: move it to tests, or let Cargo.toml compile it");
        }
    }
}

#[test]
fn no_module_uses_one_that_uses_it() {
    let arrows = Modules::of_the_crate().arrows();
    let circles = arrows.iter().map(|(folder, arrows)| (folder.join("/"), circles(arrows)));
    let found: BTreeMap<_, _> = circles.filter(|(_, circle)| !circle.is_empty()).collect();
    let folders: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(folders, WITH_CIRCLES, "{found:#?}");
}

#[test]
fn imports_point_only_down() {
    for source in sources().iter().filter(|source| source.module() != "lib") {
        let up = pointing_up(&source.module(), &source.code());
        assert!(up.is_empty(), "{}: {up:?}", source.path.display());
    }
}

#[test]
fn policy_is_pure() {
    for source in sources().iter().filter(|source| source.module() == "policy") {
        assert_eq!(noises(&source.code()), [""; 0], "{}", source.path.display());
    }
}

/// The circle in a folder of two modules, the first of which declares `Y`.
fn circle_of(a: &str, b: &str) -> Vec<(&'static str, &'static str)> {
    let named = |(path, code): (&str, &str)| {
        (path.split_terminator('/').map(str::to_owned).collect(), code.to_owned())
    };
    let code = [("", "mod f;"), ("f", "pub use a::Y;"), ("f/a", a), ("f/b", b)];
    let arrows = Modules(code.into_iter().map(named).collect()).arrows();
    let all = [("a", "b"), ("b", "a")];
    let closed = circles(&arrows.into_values().flatten().collect());
    all.into_iter().filter(|(x, y)| closed.contains(&((*x).into(), (*y).into()))).collect()
}

#[test]
fn each_check_catches_a_planted_fault() {
    assert_eq!(pointing_up("policy", "use crate::config::Config;"), ["config"]);
    assert_eq!(pointing_up("cycle", "use crate::{policy::Reason, adapters};"), ["adapters"]);
    assert_eq!(pointing_up("sim", "fn f(_: crate::adapters::Http) {}"), ["adapters"]);
    assert_eq!(pointing_up("cycle", "use crate::policy::Reason;"), [""; 0]);
    assert_eq!(circle_of("use super::b::X;", "use super::Y;"), [("a", "b"), ("b", "a")]);
    assert_eq!(circle_of("use super::b::X;", "pub(in super::a) struct X;"), []);
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

#[test]
fn only_the_table_of_settings_spells_a_variable() {
    for source in sources().iter().filter(|source| !source.path.ends_with("config/settings.rs")) {
        let code = source.code();
        let spelled = variable::ALL.iter().find(|name| code.contains(&format!("\"{name}\"")));
        assert_eq!(spelled, None, "{}", source.path.display());
    }
}

/// The words of a text that can only be the name of a setting.
fn names_of_settings(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| {
        let mut ours = ["DYNOSCALER_", "MY_HEROKU_", "ELK_ELASTIC_", "AWS_SQS_"].into_iter();
        ours.any(|prefix| word.len() > prefix.len() && word.starts_with(prefix))
    })
}

#[test]
fn every_setting_that_a_text_names_is_in_the_table() {
    let product = sources().into_iter().map(|source| {
        let product = source.text.split("#[cfg(test)]").next().unwrap().to_owned();
        (source.path, product)
    });
    let pages = ["README.md", "CHANGELOG.md", "template.yaml", "docs/OPERATIONS.md"];
    let pages = pages.into_iter().chain(["docs/POLICIES.md", "docs/COMMAND_LINE.md"]);
    let pages =
        pages.map(|page| (root().join(page), fs::read_to_string(root().join(page)).unwrap()));
    for (path, text) in product.chain(pages) {
        for name in names_of_settings(&text) {
            let is_known = variable::ALL.contains(&name) || settings::GONE.contains(&name);
            assert!(is_known, "{}: {name}", path.display());
        }
    }
}
