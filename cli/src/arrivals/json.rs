//! The JSON of `aws cloudwatch`. Its points are in no order, or the newest first.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ArrivalsError, Column, Place, Point, instant, messages};

/// An answer of either command.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    metric_data_results: Option<Vec<Metric>>,
    datapoints: Option<Vec<Map<String, Value>>>,
}

/// A metric of `get-metric-data`. A paged answer has it once for each page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    id: String,
    #[serde(default)]
    label: String,
    timestamps: Vec<Value>,
    values: Vec<Value>,
}

pub(super) fn read(text: &str) -> Result<Vec<Column>, ArrivalsError> {
    let answer: Answer = serde_json::from_str(text).map_err(ArrivalsError::Json)?;
    match (answer.metric_data_results, answer.datapoints) {
        (Some(metrics), _) => data(metrics),
        (None, Some(datapoints)) => statistics(&datapoints),
        (None, None) => Err(ArrivalsError::Unknown {
            found: "JSON with neither MetricDataResults nor Datapoints",
        }),
    }
}

fn data(metrics: Vec<Metric>) -> Result<Vec<Column>, ArrivalsError> {
    let mut columns: Vec<Column> = Vec::new();
    for Metric { id, label, timestamps, values } in metrics {
        let points = (1..).zip(timestamps.iter().zip(&values));
        let points = points.map(|(number, (at, value))| point(number, at, Some(value)));
        let mut points = points.collect::<Result<Vec<_>, _>>()?;
        match columns.iter_mut().find(|column| column.names.contains(&id)) {
            Some(column) => column.points.append(&mut points),
            None => columns.push(Column { names: vec![label, id], points }),
        }
    }
    for column in &mut columns {
        column.names.retain(|name| !name.is_empty());
    }
    Ok(columns)
}

/// One column for each statistic: `Sum`, `Average` or a percentile.
fn statistics(datapoints: &[Map<String, Value>]) -> Result<Vec<Column>, ArrivalsError> {
    let mut names: Vec<&String> =
        datapoints.iter().flat_map(values).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    let column = |name: &String| {
        let points = (1..).zip(datapoints).map(|(number, datapoint)| {
            let value = values(datapoint).find(|(found, _)| *found == name);
            let at = datapoint.get("Timestamp").unwrap_or(&Value::Null);
            point(number, at, value.map(|(_, value)| value))
        });
        Ok(Column { names: vec![name.clone()], points: points.collect::<Result<_, _>>()? })
    };
    names.into_iter().map(column).collect()
}

fn values(datapoint: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let percentiles = datapoint.get("ExtendedStatistics").and_then(Value::as_object);
    let plain = datapoint.iter().filter(|(_, value)| value.is_number());
    plain.filter(|(name, _)| *name != "Timestamp").chain(percentiles.into_iter().flatten())
}

fn point(number: u64, at: &Value, value: Option<&Value>) -> Result<Point, ArrivalsError> {
    let place = Place::Point(number);
    let wrong = |value: &Value| ArrivalsError::Value { place, text: value.to_string() };
    let amount = |value: &Value| messages(value.as_f64()).ok_or_else(|| wrong(value));
    Ok(Point {
        place,
        at: time(at).ok_or_else(|| ArrivalsError::Timestamp { place, text: at.to_string() })?,
        messages: value.map(amount).transpose()?,
    })
}

/// A text, or seconds since 1970 if the CLI was set up to show what the service sent.
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => instant(text),
        Value::Number(number) => Timestamp::from_second(number.as_i64()?).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
