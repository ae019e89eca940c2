//! The hours of the week as maps, the busiest in the strongest colour.
//!
//! Must not know how the values came to be.

use super::figures::{compact, one_decimal, whole_percent};
use super::html::Place;
use super::target::{HOURS_A_DAY, Week};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Values by the hour of the week, as a map.
struct Map<'a> {
    id: &'static str,
    title: &'static str,
    values: &'a [Option<f64>],
    text: fn(f64) -> String,
}

fn maps(week: &Week) -> [Map<'_>; 3] {
    let map = |id, title, values, text| Map { id, title, values, text };
    [
        map("dynos", "Dynos", &week.dynos[..], one_decimal as fn(f64) -> String),
        map("messages", "Messages waiting", &week.messages, compact),
        map("above_share", "Time above the threshold", &week.above_share, whole_percent),
    ]
}

/// Three maps, of which one is shown at a time.
pub(super) fn week(place: &Place, week: &Week) -> String {
    let (maps, group) = (maps(week), place.id());
    let choice = |(index, map): (usize, &Map<'_>)| {
        let (id, title, checked) = (map.id, map.title, if index == 0 { " checked" } else { "" });
        format!(
            "<label><input type=\"radio\" name=\"{group}\" value=\"{id}\"{checked}> {title}</label>\n"
        )
    };
    let choices: String = maps.iter().enumerate().map(choice).collect();
    let tables: String = maps.iter().map(heat_map).collect();
    format!(
        "<section class=\"week\"><h3>The busiest hours</h3>\n<fieldset><legend>Mean by the hour of the \
         week</legend>\n{choices}</fieldset>\n{tables}</section>\n"
    )
}

fn heat_map(map: &Map<'_>) -> String {
    let Map { id, title, values, text } = map;
    let most = values.iter().flatten().fold(0.0_f64, |most, value| most.max(*value));
    let hours: String =
        (0..HOURS_A_DAY).map(|hour| format!("<th scope=\"col\">{hour:02}</th>")).collect();
    let row = |(day, values): (&str, &[Option<f64>])| {
        let cells: String = values.iter().map(|value| heat_cell(*value, most, *text)).collect();
        format!("<tr><th scope=\"row\">{day}</th>{cells}</tr>")
    };
    let rows: String = DAYS.into_iter().zip(values.chunks(HOURS_A_DAY)).map(row).collect();
    format!(
        "<div class=\"map {id} wide\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">\
         <table class=\"heat\"><caption>{title}, by the hour in which a cycle began, UTC</caption>\
         <thead><tr><th scope=\"col\">day</th>{hours}</tr></thead><tbody>{rows}</tbody></table></div>\n"
    )
}

/// Shades from none to the most.
const SHADES: f64 = 8.0;

fn heat_cell(value: Option<f64>, most: f64, text: fn(f64) -> String) -> String {
    let Some(value) = value else { return "<td></td>".to_owned() };
    let shade = if 0.0 < most { (value / most * SHADES).ceil() } else { 0.0 };
    format!("<td class=\"shade-{shade}\">{}</td>", text(value))
}
