//! The score tables: for each hypothesis and channel, the logarithm of the probability of a read.
//!
//! All probabilities are exact fractions. Over the coalition's variants z at a site, with b members' bits known and m of
//! them `One`, and c - b unknown members drawing `One` with probability p = ones / 65536:
//!
//! ```text
//! P(z = One | m of b) = sum over k of C(c-b, k) p^k (1-p)^(c-b-k) theta(m + k)
//! ```
//!
//! where theta is the strategy: the probability that c members who hold m + k times `One` put out `One`. The channel then
//! gives P(y | m of b) = sum over z of P(y | z) P(z). A numerator knows one member more than its denominator, so both come
//! from the one function `cell`.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::logarithm::logarithm;
use crate::codeword::Bias;
use crate::model::Variant;

/// The largest coalition that has a hypothesis.
pub const LARGEST_COALITION: usize = 6;
/// Common denominator of the strategies' probabilities for up to six members.
const SIXTIETHS: u128 = 60;
/// Denominator of P(z): six factors of 1/65536, and sixtieths.
const VARIANT_UNIT: u128 = SIXTIETHS << (16 * LARGEST_COALITION);
/// Denominator of the channels' probabilities.
const CHANNEL_UNIT: u128 = 1000;
/// Sum of the channels' weights.
pub(super) const CHANNEL_WEIGHTS: u32 = 18_000;

/// How a coalition chooses between its members' variants where they differ; where all agree, it puts out that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A member at random.
    Interleave,
    /// The variant most have; a coin when balanced.
    Majority,
    /// The variant fewest have; a coin when balanced.
    Minority,
    /// `One`.
    AllOnes,
    /// A coin.
    CoinFlip,
}

impl Strategy {
    const ALL: [Self; 5] = [
        Self::Interleave,
        Self::Majority,
        Self::Minority,
        Self::AllOnes,
        Self::CoinFlip,
    ];

    /// Probability, in sixtieths, of `One` when `ones` of `members` have it.
    fn sixtieths(self, ones: u128, members: u128) -> u128 {
        if ones == 0 {
            return 0;
        }
        if ones >= members {
            return SIXTIETHS;
        }
        let more = (2 * ones).cmp(&members);
        match self {
            Self::Interleave => SIXTIETHS * ones / members,
            Self::AllOnes => SIXTIETHS,
            Self::CoinFlip => SIXTIETHS / 2,
            Self::Majority | Self::Minority => match (more, self) {
                (std::cmp::Ordering::Equal, _) => SIXTIETHS / 2,
                (std::cmp::Ordering::Greater, Self::Majority)
                | (std::cmp::Ordering::Less, Self::Minority) => SIXTIETHS,
                _ => 0,
            },
        }
    }
}

/// Who leaked, and how: a coalition of so many members with one strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Hypothesis {
    /// Number of members.
    pub coalition: u8,
    /// What they do where their copies differ.
    pub strategy: Strategy,
    /// Prior weight; all weights of a table are divided by their sum.
    pub weight: u32,
}

/// What happened to the sites of one family between the leak and the reading. Probabilities in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Channel {
    /// Each variant is read as the other with a probability.
    Flip {
        /// Probability of the other variant.
        error: u16,
        /// Prior weight in 1/18000.
        weight: u32,
    },
    /// One form absorbs the other: the long one (or the short one) stays but for 1 %, the other becomes it with `share`.
    Absorb {
        /// Whether the absorbing form is the long one.
        long: bool,
        /// Probability that the other form becomes it.
        share: u16,
        /// Prior weight in 1/18000.
        weight: u32,
    },
    /// Reads say nothing of the leak: the long form is read with `long_share`, whatever was leaked.
    Dead {
        /// Probability of the long form.
        long_share: u16,
        /// Prior weight in 1/18000.
        weight: u32,
    },
}

/// Error of the absorbing form, in thousandths.
const ABSORB_ERROR: u16 = 10;

/// The channels: flips .45 .15 .08 .05, absorbing .07 in all, dead .20 in all.
pub const CHANNELS: [Channel; 19] = [
    Channel::Flip {
        error: 10,
        weight: 8100,
    },
    Channel::Flip {
        error: 50,
        weight: 2700,
    },
    Channel::Flip {
        error: 120,
        weight: 1440,
    },
    Channel::Flip {
        error: 250,
        weight: 900,
    },
    Channel::Absorb {
        long: false,
        share: 300,
        weight: 210,
    },
    Channel::Absorb {
        long: false,
        share: 600,
        weight: 210,
    },
    Channel::Absorb {
        long: false,
        share: 900,
        weight: 210,
    },
    Channel::Absorb {
        long: true,
        share: 300,
        weight: 210,
    },
    Channel::Absorb {
        long: true,
        share: 600,
        weight: 210,
    },
    Channel::Absorb {
        long: true,
        share: 900,
        weight: 210,
    },
    Channel::Dead {
        long_share: 3,
        weight: 400,
    },
    Channel::Dead {
        long_share: 30,
        weight: 400,
    },
    Channel::Dead {
        long_share: 100,
        weight: 400,
    },
    Channel::Dead {
        long_share: 250,
        weight: 400,
    },
    Channel::Dead {
        long_share: 500,
        weight: 400,
    },
    Channel::Dead {
        long_share: 750,
        weight: 400,
    },
    Channel::Dead {
        long_share: 900,
        weight: 400,
    },
    Channel::Dead {
        long_share: 970,
        weight: 400,
    },
    Channel::Dead {
        long_share: 997,
        weight: 400,
    },
];

impl Channel {
    /// Returns the prior weight in 1/18000.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self {
            Self::Flip { weight, .. } | Self::Absorb { weight, .. } | Self::Dead { weight, .. } => weight,
        }
    }

    /// Probability, in thousandths, of reading `One` where the leak had `leaked`.
    fn one(self, leaked: Variant, long: Variant) -> u16 {
        let chance_of_long = match self {
            Self::Flip { error, .. } => {
                return if leaked == Variant::One {
                    1000 - error
                } else {
                    error
                };
            }
            Self::Absorb {
                long: absorbing,
                share,
                ..
            } => {
                let chance_of_absorbing = if (leaked == long) == absorbing {
                    1000 - ABSORB_ERROR
                } else {
                    share
                };
                if absorbing {
                    chance_of_absorbing
                } else {
                    1000 - chance_of_absorbing
                }
            }
            Self::Dead { long_share, .. } => long_share,
        };
        if long == Variant::One {
            chance_of_long
        } else {
            1000 - chance_of_long
        }
    }
}

/// Logarithms of all probabilities that a score needs, as integers in units of 2^-32 nats.
///
/// The first table scores a first name. The table after `accused` names scores one more, given the bits of those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreTable {
    accused: usize,
    hypotheses: Vec<Hypothesis>,
    numerators: Vec<Vec<Vec<i64>>>,
    denominators: Vec<Vec<Vec<i64>>>,
    #[cfg(test)]
    pub(super) uncertain: usize,
}

impl ScoreTable {
    /// Computes the table for a first name.
    #[must_use]
    pub fn first() -> Self {
        Self::after(0)
    }

    /// Computes the table for a name after `accused` names; five at most, as a coalition has six members at most.
    #[must_use]
    pub fn after(accused: usize) -> Self {
        let accused = accused.min(LARGEST_COALITION - 1);
        let hypotheses = hypotheses(accused);
        let mut table = Self {
            accused,
            hypotheses: Vec::new(),
            numerators: Vec::new(),
            denominators: Vec::new(),
            #[cfg(test)]
            uncertain: 0,
        };
        for hypothesis in &hypotheses {
            let (mut numerators, mut denominators) = (Vec::new(), Vec::new());
            for channel in CHANNELS {
                numerators.push(table.cells(*hypothesis, channel, accused + 1, Rounding::Down));
                denominators.push(table.cells(*hypothesis, channel, accused, Rounding::Up));
            }
            table.numerators.push(numerators);
            table.denominators.push(denominators);
        }
        table.hypotheses = hypotheses;
        table
    }

    fn cells(
        &mut self,
        hypothesis: Hypothesis,
        channel: Channel,
        known: usize,
        rounding: Rounding,
    ) -> Vec<i64> {
        let mut cells = Vec::new();
        for long in [Variant::Zero, Variant::One] {
            for read in [Variant::Zero, Variant::One] {
                for ones in 0..=known {
                    for bias in Bias::ALL {
                        let bounds = logarithm(
                            cell(hypothesis, channel, long, read, ones, known, bias),
                            VARIANT_UNIT * CHANNEL_UNIT,
                        );
                        #[cfg(test)]
                        {
                            self.uncertain += usize::from(!bounds.certain);
                        }
                        cells.push(match rounding {
                            Rounding::Down => bounds.floor,
                            Rounding::Up => bounds.ceiling,
                        });
                    }
                }
            }
        }
        cells
    }

    /// Returns how many names are already known.
    #[must_use]
    pub const fn accused(&self) -> usize {
        self.accused
    }

    /// Returns the hypotheses, in the order of the tables.
    #[must_use]
    pub fn hypotheses(&self) -> &[Hypothesis] {
        &self.hypotheses
    }

    /// Returns per channel the numerators of a hypothesis; a cell is at `cell_index` with `accused + 1` known members.
    pub(super) fn numerators(&self) -> &[Vec<Vec<i64>>] {
        &self.numerators
    }

    /// Returns per channel the denominators of a hypothesis; a cell is at `cell_index` with `accused` known members.
    pub(super) fn denominators(&self) -> &[Vec<Vec<i64>>] {
        &self.denominators
    }

    /// Writes the table as canonical JSON (RFC 8785): what a pack carries and `verify.py` pins by its SHA-256.
    ///
    /// `numerators[h][r]` and `denominators[h][r]` are lists over (long, read, number of `One`s among the known members,
    /// bias), the last the fastest: index `((2 * long + read) * (known + 1) + ones) * 3 + bias`, where `known` is
    /// `accused + 1` for numerators and `accused` for denominators.
    #[must_use]
    pub fn to_canonical_json(&self) -> String {
        let mut out = String::new();
        // Keys in ascending order, no white space, integers only: written by hand because there is nothing to escape.
        let _ = write!(out, "{{\"accused\":{},\"channels\":[", self.accused);
        for (index, channel) in CHANNELS.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = match channel {
                Channel::Flip { error, weight } => {
                    write!(
                        out,
                        "{comma}{{\"error\":{error},\"kind\":\"flip\",\"weight\":{weight}}}"
                    )
                }
                Channel::Absorb { long, share, weight } => {
                    write!(
                        out,
                        "{comma}{{\"kind\":\"absorb\",\"long\":{long},\"share\":{share},\"weight\":{weight}}}"
                    )
                }
                Channel::Dead { long_share, weight } => {
                    write!(
                        out,
                        "{comma}{{\"kind\":\"dead\",\"long_share\":{long_share},\"weight\":{weight}}}"
                    )
                }
            };
        }
        out.push_str("],\"denominators\":");
        write_cells(&mut out, &self.denominators);
        out.push_str(",\"hypotheses\":[");
        for (
            index,
            Hypothesis {
                coalition,
                strategy,
                weight,
            },
        ) in self.hypotheses.iter().enumerate()
        {
            let comma = if index == 0 { "" } else { "," };
            let strategy = match strategy {
                Strategy::Interleave => "interleave",
                Strategy::Majority => "majority",
                Strategy::Minority => "minority",
                Strategy::AllOnes => "all-ones",
                Strategy::CoinFlip => "coin-flip",
            };
            let _ = write!(
                out,
                "{comma}{{\"coalition\":{coalition},\"strategy\":\"{strategy}\",\"weight\":{weight}}}"
            );
        }
        out.push_str("],\"numerators\":");
        write_cells(&mut out, &self.numerators);
        let [low, middle, high] = Bias::ALL.map(Bias::ones);
        let _ = write!(
            out,
            ",\"ones\":[{low},{middle},{high}],\"version\":{}}}",
            super::FORMAT_VERSION
        );
        out
    }

    /// Returns the SHA-256 of the canonical JSON, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.to_canonical_json()))
    }
}

#[derive(Clone, Copy)]
enum Rounding {
    Down,
    Up,
}

/// Index of a cell when the bits of `known` members are known.
pub(super) const fn cell_index(long: usize, read: usize, ones: usize, bias: usize, known: usize) -> usize {
    ((2 * long + read) * (known + 1) + ones) * 3 + bias
}

fn write_cells(out: &mut String, cells: &[Vec<Vec<i64>>]) {
    out.push('[');
    for (hypothesis, channels) in cells.iter().enumerate() {
        out.push_str(if hypothesis == 0 { "[" } else { ",[" });
        for (channel, list) in channels.iter().enumerate() {
            out.push_str(if channel == 0 { "[" } else { ",[" });
            for (index, value) in list.iter().enumerate() {
                let _ = write!(out, "{}{value}", if index == 0 { "" } else { "," });
            }
            out.push(']');
        }
        out.push(']');
    }
    out.push(']');
}

/// One half on a single leaker and the rest equal; after a first name, all coalitions that have room for one more, equal.
fn hypotheses(accused: usize) -> Vec<Hypothesis> {
    let mut hypotheses = Vec::new();
    if accused == 0 {
        hypotheses.push(Hypothesis {
            coalition: 1,
            strategy: Strategy::Interleave,
            weight: 25,
        });
    }
    for coalition in 2..=LARGEST_COALITION {
        for strategy in Strategy::ALL {
            if coalition > accused {
                let coalition = u8::try_from(coalition).unwrap_or(u8::MAX);
                hypotheses.push(Hypothesis {
                    coalition,
                    strategy,
                    weight: 1,
                });
            }
        }
    }
    hypotheses
}

/// P(read | `ones` of `known` members have `One`) in units of 1 / (VARIANT_UNIT * CHANNEL_UNIT), exactly.
fn cell(
    hypothesis: Hypothesis,
    channel: Channel,
    long: Variant,
    read: Variant,
    ones: usize,
    known: usize,
    bias: Bias,
) -> u128 {
    let one = variant_one(hypothesis, ones, known, bias);
    let chance = |leaked| {
        let one = channel.one(leaked, long);
        u128::from(if read == Variant::One { one } else { 1000 - one })
    };
    chance(Variant::One) * one + chance(Variant::Zero) * (VARIANT_UNIT - one)
}

/// P(z = One | `ones` of `known` members have `One`) in units of 1 / VARIANT_UNIT, exactly.
fn variant_one(hypothesis: Hypothesis, ones: usize, known: usize, bias: Bias) -> u128 {
    let members = usize::from(hypothesis.coalition);
    let unknown = members.saturating_sub(known);
    let p = u128::from(bias.ones());
    let q = 65_536 - p;
    let mut sum = 0;
    let mut choose: u128 = 1;
    for others in 0..=unknown {
        let theta = hypothesis
            .strategy
            .sixtieths(to_wide(ones + others), to_wide(members));
        sum += choose * power(p, others) * power(q, unknown - others) * theta;
        choose = choose * to_wide(unknown - others) / to_wide(others + 1);
    }
    sum << (16 * (LARGEST_COALITION - unknown))
}

fn to_wide(number: usize) -> u128 {
    u128::try_from(number).unwrap_or(u128::MAX)
}

fn power(base: u128, exponent: usize) -> u128 {
    (0..exponent).fold(1, |product, _| product * base)
}
