//! Pictures are readable in a README, in both themes and by a screen reader, and nothing is cut
//! without a mark.

use dynoscaler_cli::plot::{
    Chart, Colour, Content, Course, Dash, Front, FrontPoint, Group, Join, Lane, Line, Mark, Panel,
    Place, Range, Stroke, Timeline,
};
use jiff::Timestamp;

/// A README's column and the smallest type that is read there without effort, in pixels.
const WIDTH: &str = "width=\"800\"";
const TYPE: f64 = 13.0;

fn exactly(value: f64) -> Range {
    Range { min: value, mean: value, max: value }
}

fn course(name: &str, backlog: Vec<Range>) -> Course {
    let points = backlog.len();
    Course {
        title: format!("{name} over time"),
        subtitle: "a world".to_owned(),
        hours: 24.0,
        arrivals: vec![3.0; points],
        needed: vec![2.0; points],
        threshold: 20.0,
        panels: vec![Panel {
            name: name.to_owned(),
            settings: "20 messages per dyno".to_owned(),
            notes: vec!["5 % of the time above".to_owned()],
            backlog,
            dynos: vec![exactly(2.0); points],
        }],
    }
}

/// Settings at these hours and shares, the first of them on the best front.
fn front(name: &str, best: &[(f64, f64)], behind: &[(f64, f64)]) -> Front {
    let point = |place| {
        move |(index, (dyno_hours, above_threshold_share)): (usize, &(f64, f64))| FrontPoint {
            name: 0,
            settings: format!("choice {index} of {place:?}"),
            dyno_hours: *dyno_hours,
            above_threshold_share: *above_threshold_share,
            place,
        }
    };
    let best = best.iter().enumerate().map(point(Place::Best));
    let behind = behind.iter().enumerate().map(point(Place::Behind));
    Front {
        title: format!("{name}: cost and yield"),
        subtitle: "a world".to_owned(),
        needed_hours: 100.0,
        names: vec![name.to_owned()],
        points: best.chain(behind).collect(),
    }
}

fn timeline(name: &str) -> Timeline {
    let at = |secs| Timestamp::from_second(secs).unwrap();
    let stroke = Stroke { colour: Colour::Blue, dash: Dash::Solid, join: Join::Straight };
    let points = vec![(at(0), Some(exactly(1.0))), (at(500), None), (at(900), Some(exactly(2.0)))];
    let line = Line { name: format!("{name} waiting"), stroke, points };
    let lane =
        Lane { name: name.to_owned(), mark: Mark::Up, colour: Colour::Teal, at: vec![at(9)] };
    let chart = |content| Chart { title: format!("{name} messages"), content };
    Timeline {
        title: name.to_owned(),
        subtitle: "a day".to_owned(),
        span: (at(0), at(1_000)),
        shade_name: "failed".to_owned(),
        groups: vec![Group {
            charts: vec![chart(Content::Lines(vec![line])), chart(Content::Lanes(vec![lane]))],
            shaded: vec![(at(100), at(200))],
        }],
    }
}

fn all(name: &str) -> [String; 3] {
    let backlog = vec![exactly(1.0), exactly(90.0), Range { min: 0.0, mean: 9.0, max: 70.0 }];
    [
        course(name, backlog).svg(),
        front(name, &[(90.0, 0.5), (110.0, 0.0)], &[(400.0, 0.1)]).svg(),
        timeline(name).svg(),
    ]
}

/// The text between the first two of these marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

/// The numbers of an attribute, wherever it is.
fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
    let opening = format!(" {attribute}=\"");
    let values = svg.split(&opening).skip(1);
    values.map(|rest| rest.split_once('"').unwrap().0.parse().unwrap()).collect()
}

// case F15
#[test]
fn every_picture_is_as_wide_as_a_readme_and_its_type_can_be_read_there() {
    for svg in all("shop") {
        let root = between(&svg, "<svg", ">");
        assert!(root.contains(WIDTH) && root.contains("viewBox=\"0 0 800 "), "{root}");
        let sizes = numbers(&svg, "font-size");
        assert!(!sizes.is_empty() && sizes.iter().all(|size| TYPE <= *size), "{sizes:?}");
    }
}

// case F15
#[test]
fn a_screen_reader_gets_a_title_and_a_description() {
    let [course, front, timeline] = all("shop");
    for (svg, title, shows) in [
        (course, "shop over time", "shop (20 messages per dyno): 5 % of the time above."),
        (front, "shop: cost and yield", "shop, choice 1 of Best: 110 dyno-hours, 0.00 % above"),
        (timeline, "shop", "shop messages: shop waiting."),
    ] {
        assert!(between(&svg, "<svg", ">").contains("role=\"img\" aria-labelledby=\"title desc"));
        assert_eq!(between(&svg, "<title id=\"title\">", "</title>"), title);
        let description = between(&svg, "<desc id=\"description\">", "</desc>");
        assert!(description.contains(shows), "{description}");
    }
}

// case F15
#[test]
fn every_colour_follows_the_readers_theme_and_is_light_without_styles() {
    for svg in all("shop") {
        let style = between(&svg, "<style>", "</style>");
        assert!(style.starts_with("@media (prefers-color-scheme: dark){"), "{style}");
        for painted in ["fill=\"", "stroke=\"", "stop-color=\""] {
            for rest in svg.split(painted).skip(1) {
                let colour = rest.split_once('"').unwrap().0;
                let known =
                    ["none", "currentColor"].contains(&colour) || colour.starts_with("url(");
                assert!(known, "{painted}{colour}");
            }
        }
        for rest in svg.split("class=\"").skip(1) {
            let (name, rest) = rest.split_once('"').unwrap();
            assert!(style.contains(&format!(".{name}{{color:#")), "{name}");
            assert!(rest.starts_with(" color=\"#"), "{rest}");
        }
    }
}

// case F15
#[test]
fn a_backlog_that_continues_above_its_strip_says_so_and_no_other_does() {
    let cut = course("shop", vec![exactly(5.0), exactly(512.0), exactly(5.0)]).svg();
    assert!(cut.contains(">continues above 60, up to 512</text>"), "{cut}");
    let uncut = course("shop", vec![exactly(5.0), exactly(60.0)]).svg();
    assert!(!uncut.contains("continues above 60"), "{uncut}");
    let zigzags = |svg: &str| svg.matches("stroke-width=\"1.2\"").count();
    // One is the legend's.
    assert_eq!((zigzags(&cut), zigzags(&uncut)), (2, 1));
}

// case F15
#[test]
fn no_point_of_a_sweep_is_cut_away_and_each_says_its_settings() {
    let best = [(3.0, 1.0), (101.0, 0.2), (102.0, 0.1), (5_000.0, 0.0)];
    let behind = [(4.0, 1.0), (9_000.0, 0.5)];
    let svg = front("shop", &best, &behind).svg();
    for (index, place) in (0..4).map(|n| (n, "Best")).chain((0..2).map(|n| (n, "Behind"))) {
        let title = format!("<title>shop, choice {index} of {place}: ");
        assert_eq!(svg.matches(&title).count(), 1, "{title}");
    }
    for (number, (hours, share)) in (1..).zip(best) {
        assert!(svg.contains(&format!(">{number}</text>")), "{number}");
        let row = format!(">shop, choice {} of Best: ", number - 1);
        assert!(svg.contains(&row), "{row} {hours} {share}");
    }
    assert!(svg.contains("the hours are close together there"), "{svg}");
}

#[test]
fn a_sweep_without_load_or_settings_is_a_valid_picture() {
    let idle = Front { needed_hours: 0.0, ..front("shop", &[(24.0, 0.0)], &[(48.0, 0.0)]) };
    for svg in [idle.svg(), front("shop", &[], &[]).svg()] {
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

// case F15
#[test]
fn settings_with_the_same_outcome_share_a_number() {
    let svg = front("shop", &[(101.0, 0.2), (101.0, 0.2), (110.0, 0.1)], &[]).svg();
    assert!(svg.contains(">shop, choice 0 of Best; or shop, choice 1 of Best: 101"), "{svg}");
    assert!(svg.contains(">2</text>") && !svg.contains(">3</text>"), "{svg}");
}

// case F15
#[test]
fn a_text_without_room_ends_with_a_mark_and_is_complete_in_its_title() {
    let long = "x".repeat(500);
    for svg in all(&long) {
        for rest in svg.split("<text ").skip(1) {
            let text = between(rest, ">", "</text>");
            let shown = text.split("<title>").next().unwrap();
            assert!(shown.chars().count() < 150, "{shown}");
            if shown.contains("xxx") {
                assert!(shown.contains('…') && text.contains(&long), "{shown}");
            }
        }
    }
}

// case G6
#[test]
fn no_name_can_break_a_picture_or_hide_in_it() {
    let hostile = "a\u{1b}[2J\u{202e}\u{0}\u{2028}<script>&\"'";
    for svg in all(hostile) {
        assert!(!svg.contains("<script"), "{svg}");
        let steers = |letter: char| {
            letter != '\n' && letter.is_control() || ['\u{202e}', '\u{2028}'].contains(&letter)
        };
        assert!(!svg.contains(steers), "{svg:?}");
        assert!(svg.contains("&lt;script&gt;&amp;"), "{svg}");
    }
}
