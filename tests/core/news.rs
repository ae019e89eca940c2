//! What of a course of cycles other programs learn of.

use dynoscaler::fleet::News::{self, Change, Refusal, Stop};
use dynoscaler::fleet::NewsFilter;
use dynoscaler::policy::Reason::{
    self, AtTarget, BacklogUnavailable, BelowMin, CountingUp, HerokuForbidden, HerokuLimit,
    HerokuUnauthorized, Paused, ScaleUp, StoppedByHand,
};
use dynoscaler::report::{Action, CycleReport};

use support::fake::{Fake, next_minute, target};

/// A record of this reason.
fn report(usual: &CycleReport, reason: Reason) -> CycleReport {
    let action = if [ScaleUp, BelowMin].contains(&reason) { Action::ScaleUp } else { Action::None };
    let fails = [HerokuUnauthorized, HerokuForbidden, BacklogUnavailable].contains(&reason);
    CycleReport { reason, action, error_type: fails.then_some(reason), ..usual.clone() }
}

#[tokio::test]
async fn each_change_is_news_and_a_refusal_or_a_stop_is_news_when_it_begins() {
    let usual = next_minute(&Fake::new(2, 200), &target()).await;
    let courses: [&[(Reason, Option<News>)]; 7] = [
        &[(CountingUp, None), (ScaleUp, Some(Change)), (ScaleUp, Some(Change)), (AtTarget, None)],
        &[
            (HerokuUnauthorized, Some(Refusal)),
            (HerokuUnauthorized, None),
            (HerokuUnauthorized, None),
        ],
        &[(HerokuUnauthorized, Some(Refusal)), (HerokuForbidden, Some(Refusal))],
        &[
            (HerokuUnauthorized, Some(Refusal)),
            (AtTarget, None),
            (HerokuUnauthorized, Some(Refusal)),
        ],
        // A queue that cannot be read for a minute ends no refusal.
        &[(HerokuForbidden, Some(Refusal)), (BacklogUnavailable, None), (HerokuForbidden, None)],
        &[
            (StoppedByHand, Some(Stop)),
            (StoppedByHand, None),
            (Paused, Some(Stop)),
            (BelowMin, Some(Change)),
            (StoppedByHand, Some(Stop)),
        ],
        &[(HerokuLimit, Some(Refusal)), (HerokuLimit, None)],
    ];
    for course in courses {
        let mut filter = NewsFilter::default();
        let news =
            course.iter().map(|(reason, _)| (*reason, filter.news(&report(&usual, *reason))));
        assert_eq!(news.collect::<Vec<_>>(), course);
    }
}

#[tokio::test]
async fn what_one_target_says_is_no_other_s() {
    let usual = next_minute(&Fake::new(2, 200), &target()).await;
    let one = report(&usual, HerokuUnauthorized);
    let other = CycleReport { process: "mailer".to_owned(), ..one.clone() };
    let mut filter = NewsFilter::default();
    assert_eq!((filter.news(&one), filter.news(&other)), (Some(Refusal), Some(Refusal)));
    filter.forget(&one);
    assert_eq!((filter.news(&one), filter.news(&other)), (Some(Refusal), None));
}
