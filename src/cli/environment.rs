//! Every option from an environment variable: `VNFCTL_`, the command, the option, as
//! `VNFCTL_SCALE_TIMEOUT`; those of every command without the command.

use std::ffi::{OsStr, OsString};

use clap::builder::FalseyValueParser;
use clap::{Arg, ArgAction, Command};

const PREFIX: &str = "VNFCTL";

/// Has options take what `variable` knows of them and the person did not give.
pub(super) fn applied(command: Command, variable: &impl Fn(&OsStr) -> Option<OsString>) -> Command {
    below(command, PREFIX, variable)
}

/// Tells whether any such variable is set, without which there is nothing to apply.
pub(super) fn is_any() -> bool {
    let prefix = format!("{PREFIX}_");
    std::env::vars_os().any(|(name, _)| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
}

fn below(command: Command, path: &str, variable: &impl Fn(&OsStr) -> Option<OsString>) -> Command {
    let command = command.mut_args(|arg| of(arg, path, variable));
    command.mut_subcommands(|child| {
        let path = format!("{path}_{}", upper(child.get_name()));
        below(child, &path, variable)
    })
}

fn upper(name: &str) -> String {
    name.replace('-', "_").to_ascii_uppercase()
}

fn of(arg: Arg, path: &str, variable: &impl Fn(&OsStr) -> Option<OsString>) -> Arg {
    let Some(long) = arg.get_long().filter(|_| arg.get_env().is_none()) else {
        return arg;
    };
    let name = format!("{path}_{}", upper(long));
    // An empty one is none, as with the variables of OpenStack.
    if variable(name.as_ref()).is_none_or(|value| value.is_empty()) {
        return arg;
    }
    match arg.get_action() {
        ArgAction::Set | ArgAction::Append => arg.env(name),
        ArgAction::SetTrue => arg.env(name).value_parser(FalseyValueParser::new()),
        _ => arg,
    }
}
