//! The reference of the command line, written from the program's own help.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::page::root;

const FILE: &str = "docs/command-reference.md";
const HEAD: &str = "# Every command

What `vnfctl COMMAND --help` says, on one page. [Commands](commands.md) tells what they have in common.
Written from the program by `VNFCTL_WRITE_DOCS=1 cargo nextest run documentation`.
";

/// Without what the variable of the one who runs the test happens to hold.
fn hidden(arg: Arg) -> Arg {
    arg.hide_env_values(true)
}

/// Describes a command and those below it; the help of wide terminals does not depend on this one.
fn describe(command: &Command, path: &str, text: &mut String) {
    let path = format!("{path} {}", command.get_name());
    let path = path.trim();
    if !command.has_subcommands() {
        let shown = command.clone().bin_name(path).term_width(100);
        let mut shown = shown.mut_args(hidden);
        let help = shown.render_long_help().to_string();
        // What every command takes stands once, at the end.
        let own = help.split("\nOptions of every command:").next().unwrap();
        let lines: Vec<_> = own.lines().map(str::trim_end).collect();
        let _ = write!(
            text,
            "\n## {path}\n\n```text\n{}\n```\n",
            lines.join("\n").trim_end()
        );
    }
    for below in command.get_subcommands() {
        if below.get_name() != "help" {
            describe(below, path, text);
        }
    }
}

#[test]
fn documentation_of_the_commands_is_their_help() {
    let mut command = vnfctl::cli::command();
    command.build();
    let mut text = HEAD.to_owned();
    describe(&command, "", &mut text);
    let mut all = command.clone().term_width(100).mut_args(hidden);
    let help = all.render_long_help().to_string();
    let common = help.split("\nOptions of every command:\n").nth(1).unwrap();
    let lines: Vec<_> = common.lines().map(str::trim_end).collect();
    let _ = write!(
        text,
        "\n## Options of every command\n\n```text\n{}\n```\n",
        lines.join("\n").trim_end()
    );
    let path = root().join(FILE);
    if std::env::var_os("VNFCTL_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "{FILE} is out of date: run this test with VNFCTL_WRITE_DOCS=1"
    );
}
