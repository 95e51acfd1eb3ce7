//! How important a line is, by what it says of itself.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Tells levels of the lines of one stream.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// The line before told of a panic, so this one says what it was.
    after_panic: bool,
}

/// Words of a line that are looked at: a time may come first, and what it is about.
const WORDS: usize = 3;

impl Levels {
    /// The level of the next line.
    pub(super) fn of(&mut self, line: &str) -> Level {
        if std::mem::take(&mut self.after_panic) {
            return Level::Error;
        }
        // `thread 'main' (4711) panicked at src/main.rs:7:5:`, and behind it the panic's own words.
        if line.starts_with("thread '") && line.contains("' panicked at ")
            || line.starts_with("thread '") && line.contains(") panicked at ")
        {
            self.after_panic = true;
            return Level::Error;
        }
        let words = line.split_whitespace().take(WORDS);
        words.filter_map(level).next().unwrap_or(Level::Info)
    }
}

fn level(word: &str) -> Option<Level> {
    // Loggers colour it, bracket it, or put a colon behind.
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let plain = word
        .trim_start_matches("\u{1b}[")
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    let plain = if plain.len() < word.len() {
        plain.trim_start_matches('m')
    } else {
        word
    };
    let plain = plain.trim_matches(|c: char| !is_letter(c));
    let plain = plain.strip_suffix("\u{1b}[0m").unwrap_or(plain);
    let plain = plain.split(|c| !is_letter(c)).next().unwrap_or(plain);
    match plain {
        "ERROR" | "FATAL" | "error" => Some(Level::Error),
        "WARN" | "WARNING" | "warning" => Some(Level::Warn),
        "INFO" => Some(Level::Info),
        "DEBUG" => Some(Level::Debug),
        "TRACE" => Some(Level::Trace),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Level {
        Levels::default().of(line)
    }

    #[test]
    fn lines_of_common_loggers_have_the_level_that_they_say() {
        assert_eq!(
            of("2026-11-29T08:15:00.1Z  WARN speller: slow"),
            Level::Warn
        );
        assert_eq!(of("[2026-11-29T08:15:00Z DEBUG speller] x"), Level::Debug);
        assert_eq!(of("\u{1b}[31mERROR\u{1b}[0m speller: no"), Level::Error);
        assert_eq!(of("[TRACE] x"), Level::Trace);
        assert_eq!(of("error: no such file"), Level::Error);
        assert_eq!(of("INFO: hello"), Level::Info);
    }

    #[test]
    fn a_line_that_says_nothing_of_it_is_information() {
        for line in [
            "",
            "hello",
            "there was no ERROR in it anywhere",
            "errors: 0",
            "WARNINGS 3",
        ] {
            assert_eq!(of(line), Level::Info, "{line}");
        }
    }

    #[test]
    fn a_panic_is_an_error_and_so_are_its_words() {
        let mut levels = Levels::default();
        assert_eq!(
            levels.of("thread 'main' (12) panicked at src/main.rs:7:5:"),
            Level::Error
        );
        assert_eq!(levels.of("index out of bounds"), Level::Error);
        assert_eq!(levels.of("note: run with `RUST_BACKTRACE=1`"), Level::Info);
        assert_eq!(
            levels.of("thread 'a b' panicked at src/main.rs:7:5:"),
            Level::Error
        );
        assert_eq!(levels.of("thread 'x'"), Level::Error);
    }
}
