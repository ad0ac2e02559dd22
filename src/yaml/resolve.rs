//! What a plain scalar means: the implicit resolvers of PyYAML 6's `SafeLoader`.
//!
//! The rules are YAML 1.1's as PyYAML has them, its deviations included: `1e3` is a
//! string because a float needs a dot, and `1:30` is ninety.

use super::Value;

/// Resolves the text of a plain scalar.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    integer(text)
        .or_else(|| float(text))
        .or_else(|| timestamp(text))
        .unwrap_or(Value::Str)
}

/// Splits a sign off; PyYAML allows one before every number.
fn unsigned(text: &str) -> (i64, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    }
}

fn integer(text: &str) -> Option<Value> {
    let (sign, body) = unsigned(text);
    let digits = |s: &str| s.replace('_', "");
    let all =
        |s: &str, ok: fn(&u8) -> bool| !s.is_empty() && s.bytes().all(|b| b == b'_' || ok(&b));
    let (radix, number) = if let Some(rest) = body.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = body.strip_prefix("0x") {
        (16, rest)
    } else if body != "0" && body.starts_with('0') {
        (8, &body[1..])
    } else {
        (10, body)
    };
    let fits = match radix {
        2 => all(number, |b| matches!(b, b'0' | b'1')),
        8 => all(number, |b| matches!(b, b'0'..=b'7')),
        16 => all(number, u8::is_ascii_hexdigit),
        _ => number.starts_with(|c: char| c.is_ascii_digit()) && all(number, u8::is_ascii_digit),
    };
    if fits {
        let number = digits(number);
        return Some(
            i64::from_str_radix(&number, radix)
                .map_or_else(|_| large(&number, radix, sign), |n| Value::Int(sign * n)),
        );
    }
    sexagesimal(body).map(|n| Value::Int(sign * n))
}

/// Python's integers have no bounds; one that does not fit here is still a number, no string.
fn large(digits: &str, radix: u32, sign: i64) -> Value {
    let add = |sum: f64, digit: char| {
        sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0))
    };
    let sum = digits.chars().fold(0.0, add);
    Value::Float(if sign < 0 { -sum } else { sum })
}

/// Base 60, such as `12:30:45`: the first group starts with 1 to 9, the others are below 60.
fn sexagesimal(body: &str) -> Option<i64> {
    let (first, rest) = body.split_once(':')?;
    if !first.starts_with(|c: char| matches!(c, '1'..='9')) {
        return None;
    }
    let mut total: i64 = plain_digits(first)?;
    for group in rest.split(':') {
        if group.is_empty() || group.len() > 2 || (group.len() == 2 && group.as_bytes()[0] > b'5') {
            return None;
        }
        total = total.checked_mul(60)?.checked_add(plain_digits(group)?)?;
    }
    Some(total)
}

fn plain_digits(text: &str) -> Option<i64> {
    let clean = text.replace('_', "");
    (!clean.is_empty() && clean.bytes().all(|b| b.is_ascii_digit()))
        .then(|| clean.parse().ok())
        .flatten()
}

fn float(text: &str) -> Option<Value> {
    let (sign, body) = unsigned(text);
    let lower = body.to_ascii_lowercase();
    if lower == ".inf" {
        return Some(Value::Float(if sign < 0 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        }));
    }
    if text == ".nan" || text == ".NaN" || text == ".NAN" {
        return Some(Value::Float(f64::NAN));
    }
    // A dot is required, and the exponent must carry its sign.
    let (mantissa, exponent) = match lower.split_once('e') {
        Some((m, e)) if e.starts_with(['+', '-']) && plain_digits(&e[1..]).is_some() => {
            (m, Some(e))
        }
        Some(_) => return None,
        None => (lower.as_str(), None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let leading = whole.starts_with(|c: char| c.is_ascii_digit());
    if !digits(whole)
        || !digits(fraction)
        || !(leading || (whole.is_empty() && !fraction.is_empty()))
    {
        return None;
    }
    let clean = format!("{}e{}", mantissa.replace('_', ""), exponent.unwrap_or("0"));
    let number: f64 = clean.parse().ok()?;
    Some(Value::Float(if sign < 0 { -number } else { number }))
}

/// `2024-01-01`, or a date with a time: PyYAML makes an object of it.
fn timestamp(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|s| s.iter().all(u8::is_ascii_digit))
    };
    if !digits(0..4) || bytes.get(4) != Some(&b'-') {
        return None;
    }
    let date_only = text.len() == 10 && digits(5..7) && bytes[7] == b'-' && digits(8..10);
    let with_time = || {
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let mut parts = date.split('-').skip(1);
        let short = |p: Option<&str>| {
            p.is_some_and(|p| matches!(p.len(), 1 | 2) && p.bytes().all(|b| b.is_ascii_digit()))
        };
        let clock = time.trim_start();
        let dated = short(parts.next()) && short(parts.next()) && parts.next().is_none();
        let mut clock_parts = clock.splitn(3, ':');
        let timed = short(clock_parts.next())
            && clock_parts
                .next()
                .is_some_and(|m| m.len() == 2 && m.bytes().all(|b| b.is_ascii_digit()))
            && clock_parts.next().is_some_and(|s| {
                s.len() >= 2 && s.is_char_boundary(2) && s[..2].bytes().all(|b| b.is_ascii_digit())
            });
        (dated && timed).then_some(())
    };
    (date_only || with_time().is_some()).then_some(Value::Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("yes", Value::Bool(true))]
    #[case("off", Value::Bool(false))]
    #[case("y", Value::Str)]
    #[case("0755", Value::Int(493))]
    #[case("014", Value::Int(12))]
    #[case("0o755", Value::Str)]
    #[case("08", Value::Str)]
    #[case("1_000", Value::Int(1000))]
    #[case("-0x1F", Value::Int(-31))]
    #[case("1:30", Value::Int(90))]
    #[case("12:30:45", Value::Int(45045))]
    #[case("1:75", Value::Str)]
    #[case("1e3", Value::Str)]
    #[case("1.0e3", Value::Str)]
    #[case("1.0e+3", Value::Float(1000.0))]
    #[case("4.10", Value::Float(4.1))]
    #[case(".5", Value::Float(0.5))]
    #[case("1.2.3", Value::Str)]
    #[case("2024-01-01", Value::Timestamp)]
    #[case("2024-1-1", Value::Str)]
    #[case("2024-01-01 10:00:00", Value::Timestamp)]
    #[case("~", Value::Null)]
    #[case("", Value::Null)]
    #[case("10.10.0.0/24", Value::Str)]
    fn reads_plain_scalars_as_pyyaml_does(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(resolve(text), expected);
    }
}
