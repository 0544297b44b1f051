//! Markers in place of private fields keep what derives ask for.

use super::compiled;

#[test]
fn a_derive_still_asks_for_associated_types() {
    // `derive(Clone)` asks for `I::Item: Clone`, as a field has it; the interface must not promise more.
    let texts = compiled(
        &[(
            "src/lib.rs",
            "#[derive(Clone)]\npub struct Buffered<I: Iterator> {\n    inner: I,\n    last: Option<I::Item>,\n}\n\nimpl<I: Iterator> Buffered<I> {\n    pub fn last(&self) -> Option<&I::Item> {\n        self.last.as_ref()\n    }\n}\n",
        )],
        &[],
    );
    assert!(
        texts[0].contains("::core::marker::PhantomData<I::Item>") && !texts[0].contains("last: "),
        "{}",
        texts[0]
    );
}
