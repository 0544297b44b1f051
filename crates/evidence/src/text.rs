//! The two texts in a pack that a person reads first.

use crate::format::{ClaimFile, DELIVERY_KIND};
use crate::input::Verdict;

/// The honest limits, printed with every result.
pub const HONEST_LIMITS: &str = "\
A result names a copy, never a person. A named copy is not a named thief.
Codewords are committed before delivery, so none can be chosen afterwards. That does not stop an owner who plants a copy
that he can make himself. Therefore key custody takes two people, and every rendering of a recipient's copy is an entry in
that recipient's own log, which the recipient can read whole, keep and witness.
Whoever has this tool can normalise every family of marks that it knows; a rewrite by hand, a translation, or a language
model removes marks. The answer then is `inconclusive`, never a wrong name.
Similarity alone shows nothing until other explanations (common source, third-party code, a generator, the owner's own
release) are tested; each is listed with its result.
Admissible is not proven. A time stamp that is not qualified has no legal presumption in the EU. `Return or destroy` is a
certificate, not a proof.
";

/// Writes README.txt.
pub(crate) fn readme(claim: &ClaimFile, keys: &[String], entries: usize) -> String {
    let mut out = format!(
        "Evidence pack of case {}\nMade by {} at {} with {}.\n\nWHAT IS CLAIMED\nVerdict: {}.\n",
        one_line(&claim.case),
        one_line(&claim.owner),
        one_line(&claim.made_at),
        one_line(&claim.tool),
        verdict_words(claim.verdict)
    );
    match (
        claim.verdict,
        claim.recipient.as_deref().map(one_line),
        claim.score,
        claim.threshold,
    ) {
        (Verdict::Exact | Verdict::Strong, Some(recipient), Some(score), Some(threshold)) => {
            out.push_str(&format!(
                "The suspect holds marks of the copy delivered to: {recipient}.\n\
                 {} sites read, {} could not be read. Score {} nats, threshold {} nats.\n\
                 The chance that this procedure names any innocent recipient is at most 10^-{}.\n\
                 Candidates (recipients who were delivered this content): {}. Runs with different settings: {}.\n",
                claim.sites_read,
                claim.sites_erased,
                nats(score),
                nats(threshold),
                claim.error_exponent,
                claim.candidates,
                claim.runs
            ));
        }
        _ => out.push_str(&format!(
            "No copy is named, and no leaf of any codeword is opened. Candidates considered: {}.\n",
            claim.candidates
        )),
    }
    for name in &claim.further {
        out.push_str(&format!(
            "It also holds marks of the copy delivered to: {}. {} sites read. Score given the names before it {} nats, threshold {} nats.\n",
            one_line(&name.recipient),
            name.sites_read,
            nats(name.score),
            nats(name.threshold)
        ));
    }
    if !claim.further.is_empty() {
        out.push_str(&format!(
            "Each further name has a bound of its own of 10^-{}; the bounds of all names add up. Its threshold is higher by the\n\
             logarithm of the number of sets of names that could have stood before it in a coalition of six.\n",
            claim.error_exponent
        ));
    }
    out.push_str("\nOther explanations that were tested:\n");
    for alternative in &claim.alternatives {
        out.push_str(&format!(
            "- {}: {}\n",
            one_line(&alternative.name),
            one_line(&alternative.result)
        ));
    }
    if claim.alternatives.is_empty() {
        out.push_str("- none is recorded\n");
    }
    out.push_str(&format!(
        "\nASSURANCE LEVEL\n\
         The entries ({entries}) stand in logs whose checkpoints are signed by the owner's key only: no foreign witness has\n\
         signed them, and no time stamp from outside fixes their time. This is the lower level of assurance: the logs are\n\
         whole in themselves, and a recipient who kept receipts can compare.\n\
         Keys that signed (believe them only when you have them from elsewhere):\n"
    ));
    for key in keys {
        out.push_str(&format!("  {key}\n"));
    }
    out.push_str(&format!(
        "\nHOW TO VERIFY\n\
         python3 -I verifier/verify.py PACK --trust KEY      (Python 3.9 or later, nothing to install, no network)\n\
         ringfence verify PACK --trust KEY\n\
         Take the verifier from a source other than this pack when you can: a forger can make a whole pack, verifier\n\
         included, with his own key. Without --trust the best answer is CONSISTENT, NOT TRUSTED.\n\
         What they recompute: every hash both ways, the signatures, each entry's place in its log, that each commitment stands\n\
         in the recipient's log before an entry `{DELIVERY_KIND}`, each opened leaf up to that commitment, the score and the\n\
         threshold, and the comparison with each alternative text whose variants are given.\n\
         \n\
         WHAT IS NOT PROVEN\n\
         What was read in the suspect, and the family and longer form of each site, are the owner's statement; a second person\n\
         repeats the reading from the exhibits with the tool named above. The scores of other recipients are the owner's\n\
         statement. That the biases were drawn as documented needs the owner's key, which is never opened.\n\n\
         {HONEST_LIMITS}"
    ));
    out
}

/// Writes the draft certification under Federal Rules of Evidence 902(13) and 902(14).
pub(crate) fn declaration(claim: &ClaimFile) -> String {
    format!(
        "DRAFT. Certification of records generated by an electronic process and of data copied from an electronic device\n\
         (Federal Rules of Evidence 902(13) and 902(14)). To be completed, corrected and signed by a qualified person.\n\
         This draft is not legal advice.\n\n\
         Case: {}\n\n\
         1. My name is ____________________. I am employed by ____________________ as ____________________.\n\
         2. My qualification to give this certification is ____________________.\n\
         3. The records in this pack were generated by {}, an electronic process that I describe as follows:\n   \
            ____________________\n\
         4. The process produces an accurate result. I know this because ____________________.\n\
         5. The files under exhibits/suspect were copied from ____________________ on ____________________. I compared the\n   \
            SHA-256 value of each copy with that of its original; they are listed in exhibits/index.json and are equal.\n\
         6. I ran the verifier of ____________________ (source) on this pack with the key ____________________, which I had\n   \
            from ____________________. It answered ____________________.\n\n\
         I declare under penalty of perjury that the foregoing is true and correct.\n\n\
         Date: ____________________   Place: ____________________   Signature: ____________________\n",
        one_line(&claim.case),
        one_line(&claim.tool)
    )
}

/// Writes millionths of a nat as a decimal.
pub(crate) fn nats(micronats: i64) -> String {
    let sign = if micronats < 0 { "-" } else { "" };
    let size = micronats.unsigned_abs();
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}

fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => "exact (strong, and a file equals one delivered to that recipient only)",
        Verdict::Strong => "strong",
        Verdict::Inconclusive => "inconclusive",
        Verdict::None => "none (nothing owned was found beyond third-party and template code)",
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|symbol| if symbol.is_control() { ' ' } else { symbol })
        .collect()
}
