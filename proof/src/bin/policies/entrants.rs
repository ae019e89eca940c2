//! Which methods are compared: each at its defaults and at a grid of settings.

use dynoscaler::policy::{Policy, RateSettings, Rule, RuleName, Schedule};
use dynoscaler_cli::text::short;
use dynoscaler_sim::queueing::Method;
use dynoscaler_sim::queueing::baseline::{Adapt, Conpaas, Hist, Hpa, Known, Paper, React, Reg};

use crate::cases::{BACKLOG_THRESHOLD, Case, DOWN_CYCLES, LEVEL};

/// A method with all settings that are tried; the first are its defaults.
pub(crate) struct Entrant {
    pub(crate) name: &'static str,
    pub(crate) settings: Vec<(String, Method)>,
}

/// Shares of the threshold that are tried as targets. The whole is the default.
const SHARES: [f64; 4] = [1.0, 0.1, 0.3, 0.6];

pub(crate) fn all(case: &Case) -> Vec<Entrant> {
    vec![
        Entrant { name: "rate", settings: rate(case) },
        Entrant { name: "step", settings: counted(case, RuleName::Step) },
        Entrant { name: "target", settings: counted(case, RuleName::Target) },
        Entrant { name: "original", settings: original(case) },
        Entrant { name: "KEDA + HPA", settings: keda(case) },
        Entrant { name: "AWS target tracking", settings: aws(case) },
        Entrant { name: "React", settings: papers(case, react()) },
        Entrant { name: "Adapt", settings: papers(case, adapt()) },
        Entrant { name: "Hist", settings: papers(case, hist()) },
        Entrant { name: "Reg", settings: papers(case, reg()) },
        Entrant { name: "ConPaaS", settings: papers(case, conpaas()) },
        Entrant { name: "oracle", settings: oracle(case, Known::NextMinute) },
        Entrant { name: "oracle of the past minute", settings: oracle(case, Known::PastMinute) },
    ]
}

fn rate(case: &Case) -> Vec<(String, Method)> {
    let tried = [(LEVEL, DOWN_CYCLES), (0.9, 5), (0.98, 5), (0.995, 5), (0.98, 20), (0.99, 20)];
    let setting = |(level, down)| {
        (format!("{} %, down {down}", short(100.0 * level)), case.rate_with(level, down))
    };
    tried.map(setting).into()
}

fn counted(case: &Case, name: RuleName) -> Vec<(String, Method)> {
    let setting = |share: f64| {
        let backlog_threshold = share * BACKLOG_THRESHOLD;
        let policy = Policy { rule: Rule::from(name), backlog_threshold, ..case.policy(LEVEL) };
        let method = Method::Policy { policy, schedule: Schedule::default() };
        (format!("{} messages", short(backlog_threshold)), method)
    };
    SHARES.map(setting).into()
}

fn original(case: &Case) -> Vec<(String, Method)> {
    let bounds = case.size.bounds();
    let setting = |share: f64| {
        let backlog_threshold = share * BACKLOG_THRESHOLD;
        let (up_cycles, down_cycles) = (1, DOWN_CYCLES);
        let method = Method::Original { bounds, up_cycles, down_cycles, backlog_threshold };
        (format!("{} messages", short(backlog_threshold)), method)
    };
    SHARES.map(setting).into()
}

fn keda(case: &Case) -> Vec<(String, Method)> {
    let bounds = case.size.bounds();
    let tried = [300, 60, 900].into_iter().flat_map(|window| SHARES.map(|share| (share, window)));
    let setting = |(share, down_window_secs)| {
        let target = share * BACKLOG_THRESHOLD;
        let hpa = Hpa { down_window_secs, ..Hpa::with_defaults(target) };
        let settings = format!("{} messages, window {down_window_secs} s", short(target));
        (settings, Method::Keda { bounds, hpa })
    };
    tried.map(setting).collect()
}

fn aws(case: &Case) -> Vec<(String, Method)> {
    let bounds = case.size.bounds();
    let setting = |share: f64| {
        let target = share * BACKLOG_THRESHOLD;
        (format!("{} messages", short(target)), Method::TargetTracking { bounds, target })
    };
    SHARES.map(setting).into()
}

fn oracle(case: &Case, knows: Known) -> Vec<(String, Method)> {
    let setting = |service_level: f64| {
        let method = Method::Oracle {
            policy: case.policy(service_level),
            settings: RateSettings { service_level },
            schedule: Schedule::default(),
            knows,
        };
        (format!("{} %", short(100.0 * service_level)), method)
    };
    [LEVEL, 0.98, 0.995].map(setting).into()
}

fn papers(case: &Case, tried: Vec<(String, Paper)>) -> Vec<(String, Method)> {
    let bounds = case.size.bounds();
    tried.into_iter().map(|(name, paper)| (name, Method::Paper { bounds, paper })).collect()
}

fn react() -> Vec<(String, Paper)> {
    let default = React::default();
    let tried = [(default.upper, default.lower), (1.0, 0.8), (0.6, 0.4), (0.4, 0.2)];
    let setting = |(upper, lower)| {
        (format!("{} to {}", short(lower), short(upper)), Paper::React(React { upper, lower }))
    };
    tried.map(setting).into()
}

fn adapt() -> Vec<(String, Paper)> {
    let default = Adapt::default();
    let setting = |utilization: f64| {
        (busy(utilization), Paper::Adapt(Adapt::new(utilization, default.smoothing)))
    };
    [default.utilization, 0.8, 0.6, 0.4].map(setting).into()
}

fn hist() -> Vec<(String, Paper)> {
    let default = Hist::default();
    let tried = [(default.utilization, default.percentile), (0.95, 0.5), (0.7, 0.5), (0.7, 0.95)];
    let setting = |(utilization, percentile): (f64, f64)| {
        let settings = format!("{}, percentile {}", busy(utilization), short(100.0 * percentile));
        (settings, Paper::Hist(Hist::new(utilization, percentile)))
    };
    tried.map(setting).into()
}

fn reg() -> Vec<(String, Paper)> {
    let setting = |(utilization, minutes): (f64, usize)| {
        let settings = format!("{}, {minutes} minutes", busy(utilization));
        (settings, Paper::Reg(Reg::new(utilization, minutes)))
    };
    [(1.0, 60), (0.8, 60), (0.6, 60), (0.8, 15), (0.6, 15)].map(setting).into()
}

fn conpaas() -> Vec<(String, Paper)> {
    let setting = |(utilization, minutes): (f64, u32)| {
        let settings = format!("{}, each {minutes} minutes", busy(utilization));
        (settings, Paper::Conpaas(Conpaas::new(utilization, minutes)))
    };
    [(0.75, 10), (0.75, 2), (0.5, 10), (0.5, 2), (0.9, 2)].map(setting).into()
}

fn busy(utilization: f64) -> String {
    format!("{} % busy", short(100.0 * utilization))
}
