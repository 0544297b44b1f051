//! Which families a text is marked with: those of a profile, less those that the owner leaves out.
//!
//! INVARIANT: a marking is part of the owner's policy at a path. It is decided before any codeword is drawn and is the same for
//! every recipient of the view, so that leaving a family out selects by nobody's copy (condition 4 of `marks.md`). What is left out
//! is never a candidate: the places it would have taken in an overlap go to other families, which gives more sites than dropping
//! its sites from a finished table would, and every site of the table is one that a copy can show.

use crate::model::{Family, Profile};

/// A set of families.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Families(u64);

impl Families {
    /// No family.
    pub const NONE: Self = Self(0);

    /// Tells whether a family is in the set.
    #[must_use]
    pub fn contains(self, family: Family) -> bool {
        self.0 & bit(family) != 0
    }

    /// Tells whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Lists the families, in the order of [`Family::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Family> {
        Family::ALL
            .into_iter()
            .filter(move |family| self.contains(*family))
    }
}

impl FromIterator<Family> for Families {
    fn from_iter<I: IntoIterator<Item = Family>>(families: I) -> Self {
        Self(families.into_iter().fold(0, |set, family| set | bit(family)))
    }
}

/// The place of a family in `Family::ALL`, which only grows and is far from 64.
fn bit(family: Family) -> u64 {
    let place = Family::ALL.iter().position(|known| *known == family);
    place
        .and_then(|place| u32::try_from(place).ok())
        .and_then(|place| 1_u64.checked_shl(place))
        .unwrap_or(0)
}

/// How a text is marked. Two markings that admit the same families of every text are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marking {
    profile: Profile,
    without: Families,
}

/// Stands before the families left out, in [`Marking::to_text`].
const WITHOUT: &str = "without";

impl Marking {
    /// The families of a profile less some; what the profile has not got anyway is not remembered.
    #[must_use]
    pub fn new(profile: Profile, without: Families) -> Self {
        let known = |family: &Family| match profile {
            Profile::Robust => true,
            Profile::Steady => family.is_steady(),
        };
        Self {
            profile,
            without: without.iter().filter(known).collect(),
        }
    }

    /// The profile.
    #[must_use]
    pub fn profile(self) -> Profile {
        self.profile
    }

    /// The families left out.
    #[must_use]
    pub fn without(self) -> Families {
        self.without
    }

    /// The text in stored tables and records: `robust`, or `robust without blank-line comment-period`.
    #[must_use]
    pub fn to_text(self) -> String {
        let mut text = match self.profile {
            Profile::Robust => "robust",
            Profile::Steady => "steady",
        }
        .to_owned();
        if !self.without.is_empty() {
            text.push(' ');
            text.push_str(WITHOUT);
        }
        for family in self.without.iter() {
            text.push(' ');
            text.push_str(family.name());
        }
        text
    }

    /// Reads what [`Marking::to_text`] wrote; none for every other text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let profile = match words.next()? {
            "robust" => Profile::Robust,
            "steady" => Profile::Steady,
            _ => return None,
        };
        let mut without = Vec::new();
        if words.next().is_some_and(|word| word == WITHOUT) {
            for name in words {
                without.push(Family::ALL.into_iter().find(|family| family.name() == name)?);
            }
        }
        let read = Self::new(profile, without.into_iter().collect());
        (read.to_text() == text).then_some(read)
    }
}

impl From<Profile> for Marking {
    fn from(profile: Profile) -> Self {
        Self::new(profile, Families::NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_a_place_of_its_own() {
        let all: Families = Family::ALL.into_iter().collect();
        assert!(all.iter().eq(Family::ALL));
        for family in Family::ALL {
            let one: Families = [family].into_iter().collect();
            assert_eq!(one.iter().collect::<Vec<_>>(), [family]);
        }
    }

    #[test]
    fn a_marking_reads_back_from_its_text_and_no_other_text_is_one() {
        let some: Families = [Family::CommentPeriod, Family::BlankLine].into_iter().collect();
        let robust = Marking::new(Profile::Robust, some);
        assert_eq!(robust.to_text(), "robust without comment-period blank-line");
        for marking in [
            robust,
            Profile::Robust.into(),
            Marking::new(Profile::Steady, some),
        ] {
            assert_eq!(Marking::from_text(&marking.to_text()), Some(marking));
        }
        for text in [
            "",
            "off",
            "robust ",
            "robust without",
            "robust without blank-line comment-period",
            "robust without blank-line blank-line",
            "robust without odd",
            "steady without blank-line",
            "robust minus blank-line",
        ] {
            assert_eq!(Marking::from_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_a_profile_has_not_got_is_not_left_out_of_it() {
        let blank: Families = [Family::BlankLine].into_iter().collect();
        assert_eq!(
            Marking::new(Profile::Steady, blank),
            Marking::from(Profile::Steady)
        );
        assert_ne!(
            Marking::new(Profile::Robust, blank),
            Marking::from(Profile::Robust)
        );
    }
}
