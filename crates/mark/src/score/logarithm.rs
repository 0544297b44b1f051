//! Logarithms of exact fractions in fixed point, the same on every machine.

use std::cmp::Ordering;

/// ln 2 in units of 2^-64, rounded down.
const LN_2: i128 = 12_786_308_645_202_655_659;
/// Fractional bits of the binary logarithm.
const BITS: u32 = 56;
/// Bound on the error of a difference of two logarithms, in units of 2^-120: 2^-52 nats, four times what the argument in
/// `binary_logarithm` gives.
const ERROR: i128 = 1 << 68;

/// Bounds of a natural logarithm in units of 2^-32 nats: the largest integer not above, the smallest not below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) floor: i64,
    pub(super) ceiling: i64,
    /// Whether the arithmetic was sharp enough to be sure of both.
    #[cfg(test)]
    pub(super) certain: bool,
}

/// Returns ln(numerator / denominator) for 0 < numerator <= denominator; a zero counts as the smallest fraction.
pub(super) fn logarithm(numerator: u128, denominator: u128) -> Bounds {
    if numerator.cmp(&denominator) != Ordering::Less {
        return Bounds {
            floor: 0,
            ceiling: 0,
            #[cfg(test)]
            certain: numerator == denominator,
        };
    }
    let exact = binary_logarithm(numerator.max(1))
        .saturating_sub(binary_logarithm(denominator))
        .saturating_mul(LN_2);
    let (below, above) = (exact.saturating_sub(ERROR), exact.saturating_add(ERROR));
    let shift = BITS + 64 - 32;
    // A right shift rounds down; rounding up is rounding the negative down.
    let floor = below >> shift;
    let ceiling = -(above.saturating_neg() >> shift);
    Bounds {
        floor: i64::try_from(floor).unwrap_or(i64::MIN),
        ceiling: i64::try_from(ceiling).unwrap_or(0),
        #[cfg(test)]
        certain: floor == above >> shift,
    }
}

/// Returns log2 of a positive number in units of 2^-56, by repeated squaring of the mantissa.
///
/// The mantissa has 63 fractional bits. Each squaring loses at most 2^-63 of it, which doubles with every later squaring
/// while the weight of the bits halves: in all less than 57 * 2^-62 + 2^-56, below 2^-54 of the result.
fn binary_logarithm(number: u128) -> i128 {
    let exponent = 127 - number.leading_zeros();
    let mut mantissa = if exponent >= 63 {
        number >> (exponent - 63)
    } else {
        number << (63 - exponent)
    };
    let mut result = i128::from(exponent);
    for _ in 0..BITS {
        mantissa = (mantissa * mantissa) >> 63;
        result <<= 1;
        if mantissa >= 1 << 64 {
            mantissa >>= 1;
            result |= 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_floating_point() {
        for (numerator, denominator) in [
            (1_u128, 2_u128),
            (1, 3),
            (999, 1000),
            (3, 1000),
            (1 << 100, (1 << 100) * 60 + 7),
        ] {
            let Bounds {
                floor,
                ceiling,
                certain,
            } = logarithm(numerator, denominator);
            let expected = (numerator as f64 / denominator as f64).ln() * 4_294_967_296.0;
            assert!((floor as f64 - expected).abs() < 1.001, "{floor} {expected}");
            assert_eq!(ceiling, floor + 1);
            assert!(certain);
        }
    }

    #[test]
    fn one_has_logarithm_zero() {
        assert_eq!(
            logarithm(7, 7),
            Bounds {
                floor: 0,
                ceiling: 0,
                certain: true
            }
        );
    }
}
