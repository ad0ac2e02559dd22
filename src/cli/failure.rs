//! Why a command did not do what was asked, as the person at the terminal reads it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::lifecycle::reasons;

/// How the process ends; the numbers are part of the interface (see the README's table).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for is done.
    Done,
    /// The operation failed, or the thing that was checked is bad.
    Failed,
    /// Usage or invalid input.
    Usage,
    /// The named thing does not exist.
    NotFound,
    /// The state of things forbids it.
    Conflict,
    /// Authentication or authorization failed.
    Auth,
    /// The service cannot be reached.
    Unreachable,
    /// Something is not as it should be, and `--detailed-exitcode` asks for that to be told.
    Differs,
    /// The time given by `--timeout` is over.
    TimedOut,
    /// Interrupted by Ctrl-C.
    Interrupted,
    /// A program that was run on a node ended so.
    Remote(u8),
}

impl Exit {
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Conflict => 4,
            Self::Auth => 5,
            Self::Unreachable => 6,
            Self::Differs => 11,
            Self::TimedOut => 124,
            Self::Interrupted => 130,
            Self::Remote(status) => status,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A failure: what, why, and what to do next.
#[derive(Debug)]
pub struct Failure {
    /// The process's exit code.
    pub exit: Exit,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Failure {
    /// Returns a failure that says what failed, in one sentence without a full stop.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Returns what failed.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the failure to read a file of the person's.
    pub fn unread(file: &Path, error: io::Error) -> Self {
        let exit = match error.kind() {
            io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Usage,
        };
        Self::new(exit, format!("cannot read {}", file.display())).caused_by(error)
    }

    /// Adds an error and its chain of sources as the reasons.
    #[must_use]
    pub fn caused_by(mut self, error: impl Error) -> Self {
        self.causes.extend(reasons(&error));
        self
    }

    /// Adds a reason in words.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds what the person can do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = anstyle::Style::new()
            .bold()
            .fg_color(Some(anstyle::AnsiColor::Red.into()));
        let hint = anstyle::Style::new()
            .bold()
            .fg_color(Some(anstyle::AnsiColor::Cyan.into()));
        write!(f, "{error}error{error:#}: {}", self.message)?;
        for cause in &self.causes {
            // A script's last words have several lines.
            let cause = cause.trim_end().replace('\n', "\n    ");
            write!(f, "\n  caused by: {cause}")?;
        }
        if !self.hints.is_empty() {
            writeln!(f)?;
        }
        for text in &self.hints {
            write!(f, "\n{hint}hint{hint:#}: {text}")?;
        }
        Ok(())
    }
}

impl Error for Failure {}
