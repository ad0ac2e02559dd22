//! What the program gives to shells and to `man`.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::process::Command;

use rstest::rstest;

use crate::person::Person;

fn nobody() -> Person {
    Person::with(Vec::new())
}

/// What bash proposes for the last of `words`.
fn proposals(me: &Person, words: &[&str]) -> Vec<String> {
    std::fs::write(
        me.home().join("vnfctl.bash"),
        me.does(&["completions", "bash"]),
    )
    .unwrap();
    let script = "set -eu; source vnfctl.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); \
                  _vnfctl vnfctl \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; \
                  printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["-c", script, "bash"])
        .args(words)
        .current_dir(me.home())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_forms() {
    let me = nobody();
    assert_eq!(proposals(&me, &["vnfctl", "inst"]), ["instantiate"]);
    assert_eq!(proposals(&me, &["vnfctl", "package", "pu"]), ["push"]);
    assert_eq!(
        proposals(&me, &["vnfctl", "list", "--no-h"]),
        ["--no-headers"]
    );
    let forms = proposals(&me, &["vnfctl", "list", "--output", ""]);
    assert_eq!(
        forms,
        [
            "table",
            "wide",
            "json",
            "yaml",
            "csv",
            "name",
            "jsonpath=",
            "go-template="
        ]
    );
}

#[rstest]
#[case("zsh", "#compdef vnfctl")]
#[case("fish", "complete -c vnfctl")]
#[case("elvish", "edit:completion:arg-completer[vnfctl]")]
#[case("powershell", "Register-ArgumentCompleter")]
fn other_shells_get_a_script_of_theirs(#[case] shell: &str, #[case] sign: &str) {
    let script = nobody().does(&["completions", shell]);
    assert!(
        script.contains(sign) && script.contains("instantiate"),
        "{script}"
    );
}

/// All commands of the program by their full names, hidden ones too.
fn names(command: &clap::Command, prefix: &str, all: &mut Vec<String>) {
    let name = format!("{prefix}{}", command.get_name());
    for sub in command.get_subcommands() {
        names(sub, &format!("{name}-"), all);
    }
    all.push(name);
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let me = nobody();
    let first = me.does(&["man", "manual/man1"]);
    assert_eq!(first, "manual/man1/vnfctl.1\n");
    let mut all = Vec::new();
    names(&vnfctl::cli::command(), "", &mut all);
    assert!(all.len() > 50, "{all:?}");
    for name in &all {
        let file = me.home().join(format!("manual/man1/{name}.1"));
        let page = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(page.contains(".SH NAME"), "{name}: {page}");
    }
    let top = std::fs::read_to_string(me.home().join("manual/man1/vnfctl.1")).unwrap();
    for sub in vnfctl::cli::command().get_subcommands() {
        let entry = format!("vnfctl\\-{}(1)", sub.get_name().replace('-', "\\-"));
        assert!(top.contains(&entry), "{entry} is not in {top}");
    }
    std::fs::write(me.home().join("file"), "").unwrap();
    let words = me.fails(2, &["man", "file"]);
    assert!(words.contains("cannot write the pages"), "{words}");
}

#[test]
fn colour_is_left_out_when_a_person_says_so() {
    let said = |variables: &[(&'static str, &str)]| {
        let variables = variables
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        // No cloud is named, which is an error with a heading of its own colour.
        Person::with(variables.collect()).fails(2, &["list", "-v"])
    };
    let forced = said(&[("CLICOLOR_FORCE", "1")]);
    assert!(forced.contains("\u{1b}["), "{forced}");
    let plain = said(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
}
