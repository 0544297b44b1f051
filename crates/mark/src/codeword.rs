//! Keys, biases and codewords: which variant a recipient's copy has at a site.
//!
//! Everything is a function of a secret key and the site id, so any fragment decodes and nothing is stored. The exact
//! formulas, so that another program computes the same (`||` joins bytes, `0` is one zero byte):
//!
//! ```text
//! bias(site)        = u64 big endian of HMAC-SHA256(code key,      "ringfence/mark/bias/v1" || 0 || site)[0..8]
//!                     Low    if it is below BIAS_WEIGHT
//!                     Middle if it is below 2^64 - BIAS_WEIGHT
//!                     High   otherwise
//! bit(r, site)      = One if u16 big endian of HMAC-SHA256(recipient key, "ringfence/mark/bit/v1" || 0 || site)[0..2]
//!                     is below the bias's `ones` (7386, 32768 or 58150), else Zero
//! salt(r, site)     = HMAC-SHA256(recipient key, "ringfence/mark/salt/v1" || 0 || site)
//! ```
//!
//! The biases are the points of Nuida et al., "An improvement of discrete Tardos fingerprinting codes" (2009), for up to
//! six colluders: the roots x of the Legendre polynomial L3 give p = (1 + x) / 2 with weights proportional to
//! 1 / ((1 - x^2)^(3/2) L3'(x)^2). With x in {-sqrt(3/5), 0, sqrt(3/5)}: p = 0.1127..., 0.5, 0.8873... with weights
//! 0.3320..., 0.3360..., 0.3320.... They are rounded once, p to 1/65536 and the weight to 2^-64: the
//! score tables use the rounded p, so that it is exactly the probability of drawing `One`, and sixth powers of it still fit
//! exact integers.
//!
//! INVARIANT: recipients' codewords are independent of each other and of everything that is published.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::model::{SiteId, Variant};

/// Weight of `Bias::Low`, and of `Bias::High`, in units of 2^-64.
pub const BIAS_WEIGHT: u64 = 6_124_561_696_080_595_565;

const BIAS_DOMAIN: &[u8] = b"ringfence/mark/bias/v1\0";
const BIT_DOMAIN: &[u8] = b"ringfence/mark/bit/v1\0";
const SALT_DOMAIN: &[u8] = b"ringfence/mark/salt/v1\0";

macro_rules! secret_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(pub [u8; 32]);

        impl std::fmt::Debug for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

secret_key!(
    /// Key of site ids and of order roles: the same for every recipient of one asset.
    AnchorKey
);
secret_key!(
    /// Key of biases: the same for every recipient of one asset.
    CodeKey
);
secret_key!(
    /// Key of one recipient's codeword. Whoever has it can compute that recipient's whole codeword.
    RecipientKey
);

/// Probability that a recipient's bit is `One` at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    /// About 0.1127.
    Low,
    /// One half.
    Middle,
    /// About 0.8873.
    High,
}

impl Bias {
    /// All biases, in the order of their byte.
    pub const ALL: [Self; 3] = [Self::Low, Self::Middle, Self::High];

    /// Returns the probability of `One` in units of 1/65536.
    #[must_use]
    pub const fn ones(self) -> u16 {
        match self {
            Self::Low => 7386,
            Self::Middle => 32_768,
            Self::High => 58_150,
        }
    }

    /// Returns the byte that stands for the bias in a leaf: 0, 1 or 2.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Low => 0,
            Self::Middle => 1,
            Self::High => 2,
        }
    }

    /// Returns the bias of a byte, when there is one.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Low),
            1 => Some(Self::Middle),
            2 => Some(Self::High),
            _ => None,
        }
    }
}

fn keyed(key: &[u8; 32], domain: &[u8], site: SiteId) -> [u8; 32] {
    // HMAC pads a key shorter than its block with zeros; doing it here leaves no error to handle.
    let mut block = [0; 64];
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(domain);
    mac.update(&site.0);
    mac.finalize().into_bytes().into()
}

/// Returns the bias of a site.
#[must_use]
pub fn bias(key: &CodeKey, site: SiteId) -> Bias {
    let [a, b, c, d, e, f, g, h, ..] = keyed(&key.0, BIAS_DOMAIN, site);
    let draw = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    if draw < BIAS_WEIGHT {
        Bias::Low
    } else if draw < BIAS_WEIGHT.wrapping_neg() {
        Bias::Middle
    } else {
        Bias::High
    }
}

/// Returns the variant that a recipient's copies have at a site.
#[must_use]
pub fn codeword_bit(recipient: &RecipientKey, code: &CodeKey, site: SiteId) -> Variant {
    biased_bit(recipient, bias(code, site), site)
}

/// Returns the variant of a site whose bias is already known.
#[must_use]
pub fn biased_bit(recipient: &RecipientKey, bias: Bias, site: SiteId) -> Variant {
    let [high, low, ..] = keyed(&recipient.0, BIT_DOMAIN, site);
    if u16::from_be_bytes([high, low]) < bias.ones() {
        Variant::One
    } else {
        Variant::Zero
    }
}

/// Returns the salt of a recipient's leaf for a site: it hides the bit until the leaf is opened.
#[must_use]
pub fn leaf_salt(recipient: &RecipientKey, site: SiteId) -> [u8; 32] {
    keyed(&recipient.0, SALT_DOMAIN, site)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(number: u32) -> SiteId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        SiteId(id)
    }

    #[test]
    fn keys_redact_themselves() {
        assert_eq!(format!("{:?}", RecipientKey([7; 32])), "RecipientKey(redacted)");
        assert_eq!(format!("{:?}", CodeKey([7; 32])), "CodeKey(redacted)");
        assert_eq!(format!("{:?}", AnchorKey([7; 32])), "AnchorKey(redacted)");
    }

    #[test]
    fn biases_are_symmetric_and_follow_their_weights() {
        assert_eq!(
            u32::from(Bias::Low.ones()) + u32::from(Bias::High.ones()),
            1 << 16
        );
        let key = CodeKey([3; 32]);
        let mut counts = [0_u32; 3];
        for number in 0..30_000 {
            counts[usize::from(bias(&key, site(number)).byte())] += 1;
        }
        // Three standard deviations of a binomial of 30,000 at one third are 245.
        for (count, expected) in counts.into_iter().zip([9960_u32, 10_080, 9960]) {
            assert!(count.abs_diff(expected) < 300, "{counts:?}");
        }
    }

    #[test]
    fn bits_follow_the_bias_and_differ_between_recipients() {
        let code = CodeKey([3; 32]);
        let (first, second) = (RecipientKey([1; 32]), RecipientKey([2; 32]));
        let (mut ones, mut total, mut same) = ([0_f64; 3], [0_f64; 3], 0_u32);
        for number in 0..30_000 {
            let id = site(number);
            let slot = usize::from(bias(&code, id).byte());
            total[slot] += 1.0;
            let bit = codeword_bit(&first, &code, id);
            ones[slot] += f64::from(u8::from(bit == Variant::One));
            same += u32::from(bit == codeword_bit(&second, &code, id));
        }
        for (slot, bias) in Bias::ALL.into_iter().enumerate() {
            let share = ones[slot] / total[slot];
            assert!(
                (share - f64::from(bias.ones()) / 65_536.0).abs() < 0.016,
                "{share}"
            );
        }
        // Independent bits agree with probability p^2 + (1-p)^2: 0.8 at the outer biases, 0.5 in the middle.
        assert!((20_500..21_500).contains(&same), "{same}");
    }

    #[test]
    fn agrees_with_another_implementation() {
        // Computed with Python's hmac from the formulas of the module's documentation.
        assert_eq!(bias(&CodeKey([3; 32]), site(1)), Bias::Low);
        assert_eq!(
            leaf_salt(&RecipientKey([1; 32]), site(1))
                .map(|byte| format!("{byte:02x}"))
                .concat(),
            "586e07fa588d8eeeebb8d431f09270a98891b9c770d5d8a83fbc71f0ea851a2e"
        );
        assert_eq!(
            biased_bit(&RecipientKey([1; 32]), Bias::Low, site(1)),
            Variant::Zero
        );
        assert_eq!(
            biased_bit(&RecipientKey([1; 32]), Bias::Middle, site(1)),
            Variant::One
        );
    }

    #[test]
    fn a_salt_is_not_a_codeword() {
        let key = RecipientKey([1; 32]);
        assert_ne!(leaf_salt(&key, site(1)), leaf_salt(&key, site(2)));
        assert_ne!(leaf_salt(&key, site(1)), keyed(&key.0, BIT_DOMAIN, site(1)));
        assert_ne!(
            leaf_salt(&key, site(1)),
            leaf_salt(&RecipientKey([2; 32]), site(1))
        );
    }
}
