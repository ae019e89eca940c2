//! The colours of all pictures, each on light paper and on dark.
//!
//! A colour is an element's `color`, with its light value as an attribute, which styles override.
//! So a picture is light where no style is applied, and follows the reader's theme elsewhere.
//!
//! Must not know what is drawn.

use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The background.
    Paper,
    /// Text and axes.
    Ink,
    /// Less important text and axes.
    Faint,
    /// Lines behind everything.
    Grid,
    /// A broad line behind the best points.
    Halo,
    /// The main quantity.
    Blue,
    /// A failure, or an excess.
    Red,
    /// For dynos.
    Teal,
    Orange,
    Amber,
    Violet,
    Cyan,
    /// Another kind, and a value of comparison.
    Grey,
}

impl Colour {
    const ALL: [Self; 13] = [
        Self::Paper,
        Self::Ink,
        Self::Faint,
        Self::Grid,
        Self::Halo,
        Self::Blue,
        Self::Red,
        Self::Teal,
        Self::Orange,
        Self::Amber,
        Self::Violet,
        Self::Cyan,
        Self::Grey,
    ];

    /// Its name in the picture, and its values on light paper and on dark.
    const fn values(self) -> (&'static str, [&'static str; 2]) {
        match self {
            Self::Paper => ("paper", ["#ffffff", "#0d1117"]),
            Self::Ink => ("ink", ["#1f2937", "#e6edf3"]),
            Self::Faint => ("faint", ["#57606a", "#9da7b3"]),
            Self::Grid => ("grid", ["#e5e7eb", "#2a313c"]),
            Self::Halo => ("halo", ["#fde68a", "#5c4a12"]),
            Self::Blue => ("blue", ["#2563eb", "#79b8ff"]),
            Self::Red => ("red", ["#c81e1e", "#ff8b82"]),
            Self::Teal => ("teal", ["#0f766e", "#4fd1c5"]),
            Self::Orange => ("orange", ["#c2410c", "#ffa657"]),
            Self::Amber => ("amber", ["#a16207", "#e3b341"]),
            Self::Violet => ("violet", ["#7c3aed", "#c4a1ff"]),
            Self::Cyan => ("cyan", ["#0e7490", "#56d4ef"]),
            Self::Grey => ("grey", ["#6b7280", "#a3acb9"]),
        }
    }

    /// The attributes with which an element has this colour as its `currentColor`.
    pub(super) fn attributes(self) -> String {
        let (name, [light, _]) = self.values();
        format!("class=\"{name}\" color=\"{light}\"")
    }

    /// The attributes of a filled form.
    pub(super) fn fill(self) -> String {
        format!("{} fill=\"currentColor\"", self.attributes())
    }

    pub(super) fn stroke(self, width: f64) -> String {
        format!(
            "{} fill=\"none\" stroke=\"currentColor\" stroke-width=\"{width}\" \
             stroke-linejoin=\"round\"",
            self.attributes()
        )
    }
}

/// The opacity of the band between the least and the most.
pub(super) const BAND_SHARE: f64 = 0.3;

/// The opacity of a shade behind other elements.
pub(super) const SHADE_SHARE: f64 = 0.16;

pub(super) fn style() -> String {
    let mut dark = String::new();
    for colour in Colour::ALL {
        let (name, [_, value]) = colour.values();
        // Writing to a string does not fail.
        let _ = write!(dark, ".{name}{{color:{value}}}");
    }
    format!("<style>@media (prefers-color-scheme: dark){{{dark}}}</style>")
}

/// The colours as variables of a page's style, for light paper and for dark.
#[must_use]
pub fn variables() -> [String; 2] {
    [0, 1].map(|theme| {
        let variable = |colour: Colour| {
            let (name, values) = colour.values();
            format!("--{name}:{};", values[theme])
        };
        Colour::ALL.map(variable).concat()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2's minimum at AA for text of any size.
    const TEXT: f64 = 4.5;
    /// The same for forms and lines.
    const FORMS: f64 = 3.0;

    const HUES: [Colour; 8] = [
        Colour::Blue,
        Colour::Red,
        Colour::Teal,
        Colour::Orange,
        Colour::Amber,
        Colour::Violet,
        Colour::Cyan,
        Colour::Grey,
    ];

    type Rgb = [f64; 3];

    fn rgb(colour: Colour, theme: usize) -> Rgb {
        let value = colour.values().1[theme];
        [1, 3, 5].map(|at| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap()) / 255.0)
    }

    /// A colour over another, at an opacity.
    fn over(share: f64, above: Rgb, below: Rgb) -> Rgb {
        [0, 1, 2].map(|part| share.mul_add(above[part], (1.0 - share) * below[part]))
    }

    fn luminance(rgb: Rgb) -> f64 {
        let linear = rgb.map(|part| match part <= 0.04045 {
            true => part / 12.92,
            false => ((part + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    /// What is drawn on what, and the least contrast that it must have.
    fn pairs(theme: usize) -> Vec<(String, Rgb, Rgb, f64)> {
        let colour = |colour| rgb(colour, theme);
        let paper = colour(Colour::Paper);
        let shade = over(SHADE_SHARE, colour(Colour::Red), paper);
        let mut pairs = Vec::new();
        for ink in [Colour::Ink, Colour::Faint] {
            for (name, below) in [("paper", paper), ("shade", shade)] {
                pairs.push((format!("{ink:?} text on {name}"), colour(ink), below, TEXT));
            }
        }
        for hue in HUES {
            let band = over(BAND_SHARE, colour(hue), paper);
            let behind = [paper, band, shade, colour(Colour::Halo)];
            for (name, below) in ["paper", "its band", "shade", "halo"].into_iter().zip(behind) {
                pairs.push((format!("{hue:?} on {name}"), colour(hue), below, FORMS));
            }
        }
        pairs
    }

    // case F15
    #[test]
    fn every_element_stands_out_from_its_background_in_both_themes() {
        for (theme, paper) in ["light", "dark"].into_iter().enumerate() {
            for (what, above, below, least) in pairs(theme) {
                let contrast = contrast(above, below);
                assert!(least <= contrast, "{what} in {paper}: {contrast:.2} of {least}");
            }
        }
    }

    #[test]
    fn contrast_is_computed_as_in_wcag() {
        assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
        let grey = [f64::from(0x76) / 255.0; 3];
        assert!((contrast(grey, [1.0; 3]) - 4.54).abs() < 0.01);
    }

    // case F15
    #[test]
    fn every_colour_has_a_value_without_styles_and_another_in_the_dark_theme() {
        for colour in Colour::ALL {
            let (name, [light, dark]) = colour.values();
            assert_ne!(light, dark, "{name}");
            assert!(style().contains(&format!(".{name}{{color:{dark}}}")), "{name}");
            assert!(colour.fill().contains(&format!("color=\"{light}\"")), "{name}");
        }
    }
}
