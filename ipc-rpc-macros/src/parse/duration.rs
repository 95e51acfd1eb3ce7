//! Durations as one says them: `"5m"`.

use std::time::Duration;

use syn::LitStr;

use crate::model::Timeout;

/// Parses the value of `timeout`: a whole number with a unit, or `none`.
pub(super) fn timeout(text: &LitStr) -> syn::Result<Timeout> {
    let value = text.value();
    if value == "none" {
        return Ok(Timeout::Never);
    }
    match duration(&value) {
        Ok(Duration::ZERO) => Err(syn::Error::new(
            text.span(),
            "a timeout of zero fails every call; write \"none\" for a call without one",
        )),
        Ok(duration) => Ok(Timeout::After(duration)),
        Err(message) => Err(syn::Error::new(text.span(), message)),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let unit = &text[digits.len()..];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "`timeout` expects a whole number with a unit, as in \"500ms\" or \"5m\", or \"none\", \
             found {text:?}"
        ));
    }
    let too_long = || format!("a timeout of {text:?} is longer than can be counted");
    let number: u64 = digits.parse().map_err(|_| too_long())?;
    let seconds = |factor: u64| {
        number
            .checked_mul(factor)
            .map(Duration::from_secs)
            .ok_or_else(too_long)
    };
    match unit {
        "ns" => Ok(Duration::from_nanos(number)),
        "us" => Ok(Duration::from_micros(number)),
        "ms" => Ok(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(60 * 60),
        "d" => seconds(24 * 60 * 60),
        "" => Err(format!(
            "the timeout {text:?} has no unit, expected one of {UNITS}"
        )),
        _ => Err(format!(
            "the timeout {text:?} has the unit {unit:?}, expected one of {UNITS}"
        )),
    }
}

const UNITS: &str = "ns, us, ms, s, m, h and d";
