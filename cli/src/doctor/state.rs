//! The state: the table's key, whether it can be read and written, and whether the item is
//! readable.
//!
//! Must not know what the state says.

use jiff::Timestamp;

use super::Finding;
use crate::{clocks, pause};
use dynoscaler::adapters::{DynamoDb, KeyPart, Store, TableFacts};
use dynoscaler::policy::{Pause, State};
use dynoscaler::ports::{StateError, StateStore};
use dynoscaler::report::error_chain;

const TABLE: &str = "table";
const STATE: &str = "state";
const CLOCK: &str = "clock";

const MAKE_TABLE: &str = "The template creates the table. By hand: aws dynamodb create-table \
    --attribute-definitions AttributeName=target,AttributeType=S --key-schema \
    AttributeName=target,KeyType=HASH --billing-mode PAY_PER_REQUEST --table-name NAME";

pub(super) async fn check(store: &Store, now: Timestamp) -> Vec<Finding> {
    match store {
        Store::Table(table) => {
            let (facts, item, write) =
                tokio::join!(table.inspect(), item(store, now), written(table));
            match facts {
                Ok(None) => vec![missing(table)],
                Ok(Some(facts)) => [vec![described(table, &facts)], item, vec![write]].concat(),
                Err(error) => {
                    let found =
                        format!("{} is not described: {}", table.table(), error_chain(&error));
                    let remedy = "A cycle does without dynamodb:DescribeTable; only this check \
                        needs it.";
                    [vec![Finding::unchecked(TABLE, found, remedy)], item, vec![write]].concat()
                }
            }
        }
        Store::File(file) => {
            let found = format!("DYNOSCALER_TABLE is not set; the state is in {}", file.shown());
            let remedy = "Right for `dynoscaler run` without a table. For the function, set it to \
                the stack's output Table.";
            [vec![Finding::unchecked(TABLE, found, remedy)], item(store, now).await].concat()
        }
    }
}

fn missing(table: &DynamoDb) -> Finding {
    let found = format!("there is no table {} in this account and region", table.table());
    Finding::error(TABLE, found, MAKE_TABLE)
}

fn described(table: &DynamoDb, facts: &TableFacts) -> Finding {
    let name = table.table();
    let parts = facts.key.iter();
    let parts: Vec<String> =
        parts.map(|KeyPart { name, role, kind }| format!("{name} ({role}, {kind})")).collect();
    let key = parts.join(", ");
    if key != "target (HASH, S)" {
        let found = format!("{name} has the key {key}; it must be target (HASH, S)");
        Finding::error(TABLE, found, MAKE_TABLE)
    } else if facts.status != "ACTIVE" {
        let found = format!("{name} is {}", facts.status);
        Finding::warning(TABLE, found, "Wait until it is ACTIVE.")
    } else {
        Finding::ok(TABLE, format!("{name} is there, its key is {key}"))
    }
}

async fn item(store: &Store, now: Timestamp) -> Vec<Finding> {
    match store.load().await {
        Ok(stored) => {
            let read = stored.state.pause_at(now).map_or_else(|| readable(stored.version), paused);
            let doubts = [ahead(&stored.state, now), implausible(&stored.state, now)];
            [read].into_iter().chain(doubts.into_iter().flatten()).collect()
        }
        Err(error @ StateError::Unreadable { .. }) => {
            let remedy = "Another version may have written it. Deleting the item starts afresh.";
            vec![Finding::error(STATE, error_chain(&error), remedy)]
        }
        Err(error @ StateError::Unavailable { .. }) => {
            let remedy = "Check DYNOSCALER_TABLE, the region, and that the caller (aws sts \
                get-caller-identity) has dynamodb:GetItem; of a file, its path and rights.";
            vec![Finding::error(STATE, error_chain(&error), remedy)]
        }
    }
}

fn implausible(state: &State, now: Timestamp) -> Option<Finding> {
    let remedy = "Nothing: cycles do without it, and the next one that writes removes it. If no clock \
        was wrong, check who may write the table: it is dynamodb:UpdateItem.";
    clocks::implausible(state, now).map(|found| Finding::warning(STATE, found, remedy))
}

fn ahead(state: &State, now: Timestamp) -> Option<Finding> {
    let remedy = "Set the clock of the machine that runs the cycles, or of this one. Ticks that are not \
        later are a DuplicateTick; a tick further ahead than minutes is ignored, and the next \
        cycle corrects it.";
    clocks::ahead(state, now).map(|found| Finding::warning(CLOCK, found, remedy))
}

fn readable(version: Option<u64>) -> Finding {
    let found = version.map_or_else(
        || "readable; there is no item yet".to_owned(),
        |version| format!("readable; the item has version {version}"),
    );
    Finding::ok(STATE, found)
}

fn paused(pause: &Pause) -> Finding {
    let found = format!("readable; paused {}", pause::described(pause));
    Finding::warning(STATE, found, "If that is forgotten: dynoscaler resume.")
}

async fn written(table: &DynamoDb) -> Finding {
    match table.try_to_write().await {
        Ok(()) => Finding::ok(STATE, "writable, by your credentials"),
        Err(error) => {
            let found = format!("not writable: {}", error_chain(&*error));
            Finding::error(STATE, found, "Give the caller dynamodb:UpdateItem on the table.")
        }
    }
}
