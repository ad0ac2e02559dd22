//! What `top` draws.

use crossterm::event::{Event, KeyCode, KeyEventKind};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row, Table, TableState};
use serde_json::json;

use super::super::output;
use super::Seen;
use crate::lifecycle::{Glance, Overview, moment};

const HEADINGS: [&str; 6] = ["VNF", "STATE", "OPERATION", "SINCE", "VNFCS", "PRODUCT"];

/// The screen, and where the person is on it.
pub(super) struct Screen {
    title: String,
    overview: Overview,
    /// Why the last look failed.
    failure: Option<String>,
    table: TableState,
    is_plain: bool,
}

impl Screen {
    pub(super) fn new(title: String, overview: Overview) -> Self {
        Self {
            title,
            overview,
            failure: None,
            table: TableState::default(),
            is_plain: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        }
    }

    /// Takes what was seen; the last picture stays where nothing was.
    pub(super) fn look(&mut self, seen: Seen) {
        match seen {
            Ok(overview) => {
                self.overview = overview;
                self.failure = None;
            }
            Err(failure) => self.failure = Some(failure.message().to_owned()),
        }
    }

    /// Goes where a key leads.
    pub(super) fn moved(&mut self, event: &Event) {
        let Event::Key(key) = event else { return };
        if key.kind == KeyEventKind::Release {
            return;
        }
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.table.select_previous(),
            KeyCode::Down | KeyCode::Char('j') => self.table.select_next(),
            KeyCode::PageUp => self.table.scroll_up_by(10),
            KeyCode::PageDown => self.table.scroll_down_by(10),
            KeyCode::Home => self.table.select_first(),
            KeyCode::End => self.table.select_last(),
            _ => {}
        }
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>) {
        let rows = [
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(1),
        ];
        let [head, body, foot] = Layout::vertical(rows).areas(frame.area());
        frame.render_widget(Line::from(summary(&self.title, &self.overview)), head);
        let now = Timestamp::now();
        let rows = self.overview.vnfs.iter().map(|one| {
            let cells = cells(one, now).map(Cell::from);
            Row::new(cells).style(self.style(one))
        });
        let widths = [
            Constraint::Fill(2),
            Constraint::Length(16),
            Constraint::Length(28),
            Constraint::Length(7),
            Constraint::Fill(2),
            Constraint::Fill(1),
        ];
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let table = Table::new(rows, widths)
            .header(Row::new(HEADINGS).style(bold))
            .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED));
        frame.render_stateful_widget(table, body, &mut self.table);
        let foot_text = match (&self.failure, self.selected().and_then(why)) {
            (Some(failure), _) => format!("cannot look: {failure}"),
            (None, Some(why)) => why,
            (None, None) => "q leaves; up and down go through the list".to_owned(),
        };
        frame.render_widget(Line::from(foot_text), foot);
    }

    fn selected(&self) -> Option<&Glance> {
        self.overview.vnfs.get(self.table.selected()?)
    }

    fn style(&self, one: &Glance) -> Style {
        match (self.is_plain, one.is_stuck(), one.is_busy()) {
            (false, true, _) => Style::new().fg(Color::Red),
            (false, _, true) => Style::new().fg(Color::Yellow),
            _ => Style::new(),
        }
    }
}

/// Why the newest operation failed, and what tells more.
fn why(one: &Glance) -> Option<String> {
    let operation = one.operation.as_ref()?;
    let why = operation.why.as_ref()?;
    Some(format!("{why} (vnfctl op explain {})", operation.id))
}

fn summary(title: &str, overview: &Overview) -> String {
    let vnfs = &overview.vnfs;
    let count = |is: fn(&Glance) -> bool| vnfs.iter().filter(|one| is(one)).count();
    format!(
        "{title}: {} VNFs, {} busy, {} stuck, {} packages",
        vnfs.len(),
        count(Glance::is_busy),
        count(Glance::is_stuck),
        overview.packages
    )
}

/// The cells of a VNF's row.
fn cells(one: &Glance, now: Timestamp) -> [String; 6] {
    let operation = one.operation.as_ref();
    let operation = operation.map(|one| format!("{} {}", one.operation, one.state));
    let since = one.since.as_deref().and_then(|since| ago(since, now));
    let vnfcs = one.vnfcs.as_ref().map(|counts| {
        let counts = counts.iter().map(|(vdu, count)| format!("{count} {vdu}"));
        counts.collect::<Vec<_>>().join(", ")
    });
    let cells = [
        one.name.clone(),
        one.state.clone(),
        operation.unwrap_or_default(),
        since.unwrap_or_default(),
        vnfcs.unwrap_or_default(),
        one.product.clone(),
    ];
    // A terminal obeys nothing of what a server says.
    cells.map(|cell| cell.replace(char::is_control, " "))
}

/// How long ago a moment is, in its largest unit.
fn ago(since: &str, now: Timestamp) -> Option<String> {
    let seconds = now.duration_since(moment(since)?).as_secs().max(0);
    Some(match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86400),
    })
}

/// The same as a table, for who looks once.
pub(super) fn text(overview: &Overview) -> String {
    let now = Timestamp::now();
    let rows = overview.vnfs.iter().map(|one| {
        let cells = cells(one, now).into_iter();
        let members = HEADINGS.iter().map(|&heading| heading.to_owned());
        let row = members.zip(cells.map(|cell| match cell.is_empty() {
            true => json!(null),
            false => json!(cell),
        }));
        serde_json::Value::Object(row.collect())
    });
    let rows: Vec<_> = rows.collect();
    let pointers = HEADINGS.map(|heading| format!("/{heading}"));
    let columns: Vec<_> = HEADINGS
        .iter()
        .zip(&pointers)
        .map(|(heading, pointer)| (*heading, pointer.as_str()))
        .collect();
    output::table(&columns, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::Latest;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use rstest::rstest;

    fn glance(name: &str, state: &str, why: Option<&str>) -> Glance {
        Glance {
            id: name.into(),
            name: name.into(),
            state: "INSTANTIATED".into(),
            product: "web".into(),
            operation: Some(Latest {
                id: "op-1".into(),
                operation: "SCALE".into(),
                state: state.into(),
                why: why.map(str::to_owned),
            }),
            since: Some("2026-01-01T00:00:00Z".into()),
            vnfcs: Some([("worker".to_owned(), 3)].into()),
        }
    }

    fn lines(screen: &mut Screen) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(110, 6)).unwrap();
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let width = usize::from(buffer.area.width);
        let cells = buffer.content().chunks(width);
        cells
            .map(|line| {
                line.iter()
                    .map(ratatui::buffer::Cell::symbol)
                    .collect::<String>()
            })
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn a_screen_has_a_summary_the_vnfs_and_why_the_chosen_one_failed() {
        let overview = Overview {
            vnfs: vec![
                glance("web1", "FAILED_TEMP", Some("no\u{1b}room")),
                glance("web2", "PROCESSING", None),
            ],
            packages: 1,
        };
        let mut screen = Screen::new("nfv".into(), overview);
        let drawn = lines(&mut screen);
        assert_eq!(drawn[0], "nfv: 2 VNFs, 1 busy, 1 stuck, 1 packages");
        assert!(drawn[2].starts_with("web1 "), "{drawn:?}");
        assert!(drawn[2].contains("SCALE FAILED_TEMP"), "{drawn:?}");
        assert!(drawn[2].contains("3 worker"), "{drawn:?}");
        assert!(drawn[5].starts_with("q leaves"), "{drawn:?}");
        let down = crossterm::event::KeyEvent::from(KeyCode::Down);
        screen.moved(&Event::Key(down));
        let drawn = lines(&mut screen);
        assert!(drawn[5].contains("(vnfctl op explain op-1)"), "{drawn:?}");
        screen.look(Err(crate::cli::Failure::new(
            crate::cli::Exit::Unreachable,
            "Tacker is gone",
        )));
        let drawn = lines(&mut screen);
        assert_eq!(drawn[5], "cannot look: Tacker is gone");
        assert!(
            drawn[2].starts_with("web1 "),
            "the last picture stays: {drawn:?}"
        );
    }

    #[rstest]
    #[case("2026-11-28T11:59:30Z", "30s")]
    #[case("2026-11-28T11:30:00.000000", "30m")]
    #[case("2026-11-28T09:00:00Z", "3h")]
    #[case("2026-11-01T12:00:00Z", "27d")]
    #[case("2026-11-28T12:00:05Z", "0s")]
    fn times_are_told_by_their_largest_unit(#[case] since: &str, #[case] expected: &str) {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        assert_eq!(ago(since, now).as_deref(), Some(expected));
    }
}
