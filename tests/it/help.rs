//! The examples of the program's help: each is a command that the program takes, and those that need no more than
//! a VNFM are run.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use crate::person::{Person, sandbox};

/// Beginnings of examples that a sandbox is not enough for, and why.
const ELSEWHERE: [(&str, &str); 34] = [
    ("package push web.zip", "is there by then"),
    (
        "package extract web.zip",
        "is there by then, or is put where no test writes",
    ),
    ("alarm", "the sandbox has no alarms"),
    ("pm", "the sandbox measures nothing"),
    ("subscription", "the sandbox tells nobody"),
    (
        "api POST /vnflcm/v2/subscriptions",
        "the sandbox tells nobody",
    ),
    ("api GET /vnfpkgm/v1/vnf_packages/ID", "is about an id"),
    ("api PATCH /vnflcm/v2/vnf_instances/ID", "is about an id"),
    ("op explain 1850fcaf", "is about an id"),
    ("op recover", "is about an operation that failed"),
    ("apply vnfs.plan", "is about a plan that is made before"),
    ("vim add site --default", "there is a default VIM by then"),
    (
        "change-ext-conn web --cp",
        "the sandbox has the one network that packages name",
    ),
    ("events", "goes on for ever"),
    ("watch web1 --notify", "the sandbox tells nobody"),
    ("sandbox", "goes on for ever"),
    ("package lsp", "goes on for ever"),
    ("cilium", "asks nodes"),
    ("mesh", "asks nodes"),
    ("kubeconfig", "asks nodes"),
    ("show edge1 --tree --kubeconfig", "asks nodes"),
    ("vim add edge-pods", "asks nodes"),
    ("vim add site-pods", "asks another cluster"),
    ("vim update", "is about a VIM of a site"),
    ("autoheal enable", "asks nodes for their measurements"),
    ("autoscale enable", "asks nodes for their measurements"),
    ("key", "the sandbox has no Barbican"),
    ("image", "needs an image, or a root"),
    ("devstack", "needs a site's own file"),
    ("package lock", "fetches from the makers"),
    ("package mirror", "fetches from the makers"),
    ("package push https://", "fetches from another machine"),
    ("package sign", "needs a certificate"),
    ("package verify", "needs a certificate"),
];

/// The examples of each command that has some, one to a line.
fn examples(command: &clap::Command, all: &mut Vec<Vec<String>>) {
    if let Some(text) = command.get_after_help() {
        let text = text.to_string().replace("\\\n", " ");
        let examples = text.split_once("Examples:\n");
        let lines = examples.map(|(_, lines)| lines.lines().map(str::trim));
        let lines = lines.into_iter().flatten().filter(|line| !line.is_empty());
        all.push(lines.map(str::to_owned).collect());
    }
    for below in command.get_subcommands() {
        examples(below, all);
    }
}

/// The program's own commands in a line of shell, each with its words.
fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line
        .replace("<(", "| ")
        .replace(')', if line.contains("<(") { " " } else { ")" });
    let words = shlex::split(&line).unwrap_or_else(|| panic!("no shell: {line}"));
    let parts = words.split(|word| ["&&", "|"].contains(&word.as_str()));
    parts
        .map(|part| {
            let end = part.iter().position(|word| word == ">");
            let part = &part[..end.unwrap_or(part.len())];
            let own = part.iter().position(|word| word == "vnfctl");
            own.map_or(&[][..], |own| &part[own..]).to_vec()
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// The commands in the examples of each command.
fn all() -> Vec<Vec<Vec<String>>> {
    let mut groups = Vec::new();
    let mut command = vnfctl::cli::command();
    command.build();
    examples(&command, &mut groups);
    let groups = groups
        .iter()
        .map(|lines| lines.iter().flat_map(|line| commands(line)).collect());
    let groups: Vec<Vec<Vec<String>>> = groups.collect();
    let count: usize = groups.iter().map(Vec::len).sum();
    assert!(count > 80, "{groups:#?}");
    groups
}

#[test]
fn examples_are_commands_that_the_program_takes() {
    for words in all().into_iter().flatten() {
        let parsed = vnfctl::cli::command().try_get_matches_from(&words);
        if let Err(error) = parsed {
            panic!("{}: {error}", words.join(" "));
        }
    }
}

fn is_elsewhere(words: &[String]) -> bool {
    let line = words.join(" ");
    ELSEWHERE.iter().any(|(begin, _)| line.starts_with(begin))
}

/// Somebody with all that the examples name, as far as a sandbox has it.
fn prepared(sandbox: &vnfctl::sandbox::Sandbox) -> Person {
    let me = Person::of_sandbox(sandbox);
    let home = me.home();
    let write = |name: &str, text: &str| std::fs::write(home.join(name), text).unwrap();
    let spec = include_str!("../../examples/web.yaml");
    let next = ["1d0f7a0e-4d1c", "1d0f7a0e-4d1d"];
    write("web.yaml", spec);
    write("web-2.yaml", &spec.replace(next[0], next[1]));
    write("vnfs.yaml", include_str!("../../examples/vnfs.yaml"));
    write("request.yaml", "extVirtualLinks: []\n");
    for args in [
        &["package", "build", "web.yaml", "--out", "web-1.zip"][..],
        &["package", "build", "web.yaml"],
        &["package", "build", "web-2.yaml"],
        &["package", "extract", "web.zip"],
        &["package", "push", "web.zip"],
    ] {
        me.does(args);
    }
    let names = ["web", "web1", "web2", "web3"];
    for name in names {
        me.does(&["instantiate", "web", "--name", name]);
    }
    me.does(&[&["modify"], &names[..], &["--metadata", "site=edge"]].concat());
    me
}

/// Commands that leave things otherwise than they found them, so that others would not find what they name.
const CHANGING: [&str; 7] = [
    "scale",
    "heal",
    "change-vnfpkg",
    "modify",
    "plan",
    "apply",
    "terminate",
];

#[tokio::test(flavor = "multi_thread")]
async fn examples_do_what_they_say() {
    let (mut runs, mut failed) = (0, Vec::new());
    let shared = sandbox(20, &[]).await;
    let everybody = prepared(&shared);
    for group in all() {
        let mut here = group
            .iter()
            .filter(|words| !is_elsewhere(&words[1..]))
            .peekable();
        let changes = |words: &&Vec<String>| CHANGING.contains(&words[1].as_str());
        let own = match here.peek().is_some_and(changes) {
            true => Some(sandbox(20, &[]).await),
            false => None,
        };
        let somebody = own.as_ref().map(prepared);
        let me = somebody.as_ref().unwrap_or(&everybody);
        for words in here {
            let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
            let output = me.run(&words);
            let is_told =
                words.contains(&"--detailed-exitcode") && output.status.code() == Some(11);
            if !output.status.success() && !is_told {
                let said = String::from_utf8_lossy(&output.stderr);
                failed.push(format!("{}: {said}", words.join(" ")));
            }
            runs += 1;
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(runs > 40, "{runs} were run");
}
