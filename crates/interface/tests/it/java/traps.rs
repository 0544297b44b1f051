//! Traps of the language, each with the real compiler.

use super::accepted;

#[test]
fn enumerations_implement_what_their_constants_implemented() {
    let shown = accepted(
        "enums",
        &[
            (
                "p/Unit.java",
                "package p;\n\nimport java.util.function.IntSupplier;\n\npublic enum Unit implements IntSupplier {\n    /** One. */\n    A(\"secret name\") {\n        @Override\n        public int getAsInt() {\n            return 1;\n        }\n\n        @Override\n        String label(final int n) { return \"secret label\"; }\n    },\n    B(\"other\") {\n        @Override public int getAsInt() { return 2; }\n        @Override String label(int n) { return \"b\"; }\n    };\n\n    private static final boolean BIG;\n    public static final int SIZE;\n    public final String name;\n    private final int hidden;\n\n    static {\n        BIG = probe();\n        SIZE = 4711;\n    }\n\n    Unit(String name) {\n        this.name = name;\n        this.hidden = 5;\n    }\n\n    private static boolean probe() { return true; }\n\n    abstract String label(int n);\n\n    public boolean big() { return BIG && hidden > 4; }\n}\n",
            ),
            (
                "p/User.java",
                "package p;\n\nclass User {\n    int f(Unit unit) {\n        switch (unit) {\n            case A: return unit.getAsInt();\n            default: return unit.label(1).length() + unit.name.length();\n        }\n    }\n}\n",
            ),
        ],
        &["p/User.java"],
    );
    assert!(
        shown.contains("A,") && shown.contains("public static final int SIZE = 0;"),
        "{shown}"
    );
    assert!(
        shown.contains("@Override public int getAsInt() { throw"),
        "{shown}"
    );
    for gone in ["secret", "4711", "probe", "BIG", "hidden;", "abstract"] {
        assert!(!shown.contains(gone), "{gone}\n{shown}");
    }
}

#[test]
fn constants_that_the_compiler_needs_stay() {
    let shown = accepted(
        "constants",
        &[
            (
                "p/Keys.java",
                "package p;\n\npublic class Keys {\n    public static final String USED = \"a used text\";\n    public static final String ONE = \"a first text\";\n    public static final String TWO = ONE + \" and a second\";\n    public static final int LIMIT = 4 * 1024;\n    public static final char MARK = '#';\n    public static final boolean ON = Boolean.getBoolean(\"a.secret.property\");\n    public static final int[] TABLE = {1, 2, 3, 4, 5, 6, 7, 8, 9};\n    public static final int LENGTH = TABLE.length;\n    protected long count = 123456789L;\n    final Object lock = new Object();\n}\n",
            ),
            (
                "p/User.java",
                "package p;\n\nclass User {\n    @SuppressWarnings(Keys.USED)\n    int f(String s, int n) {\n        switch (n) {\n            case Keys.LIMIT: return 1;\n            case Keys.MARK: return 2;\n            default:\n        }\n        while (Keys.ON) {\n            n++;\n        }\n        switch (s) {\n            case \"a used text \": return 2;\n            case Keys.USED: return 3;\n            default: return 4;\n        }\n    }\n}\n",
            ),
            (
                "q/Far.java",
                "package q;\n\nclass Far {\n    int f(String s) {\n        switch (s) {\n            case p.Keys.ONE: return 1;\n            case p.Keys.TWO: return 2;\n            default: return 3;\n        }\n    }\n}\n",
            ),
        ],
        &["p/User.java", "q/Far.java"],
    );
    assert!(
        shown.contains("USED = \"a used text\"") && shown.contains("LIMIT = 4 * 1024"),
        "{shown}"
    );
    assert!(
        shown.contains("ONE = \"hidden: ONE\"") && shown.contains("LENGTH = 0"),
        "{shown}"
    );
    for gone in [
        "a first text",
        "and a second",
        "secret",
        "8, 9",
        "123456789",
        "lock",
    ] {
        assert!(!shown.contains(gone), "{gone}\n{shown}");
    }
}

#[test]
fn blank_finals_are_assigned_whatever_assigned_them() {
    let shown = accepted(
        "finals",
        &[(
            "p/A.java",
            "package p;\n\npublic class A {\n    static final boolean B;\n    public final int inBlock;\n    protected final String[] names[];\n\n    static { B = probe(); }\n\n    { inBlock = 4711; names = null; }\n\n    static boolean probe() { return B2.X; }\n\n    static class B2 { static final boolean X = false; }\n\n    public static class C {\n        public final int inConstructor;\n\n        public C(int n) { inConstructor = n; }\n\n        private C() { this(4711); }\n    }\n}\n",
        )],
        &[],
    );
    assert!(shown.contains("public final int inBlock = 0;"), "{shown}");
    assert!(
        shown.contains("public final int inConstructor;") && shown.contains("private C() {"),
        "{shown}"
    );
    assert!(
        !shown.contains("4711") && !shown.contains("B2") && !shown.contains("probe"),
        "{shown}"
    );
}

#[test]
fn records_sealed_types_and_inner_classes_stay() {
    let shown = accepted(
        "modern",
        &[(
            "p/Shape.java",
            "package p;\n\nimport java.util.List;\nimport java.util.Objects;\n\npublic sealed interface Shape {\n    String KIND = \"a shape of the owner\";\n\n    double area();\n\n    default String text() { return \"area \" + area(); }\n\n    private int secret() { return 4711; }\n\n    record Circle(double radius, List<String> tags) implements Shape {\n        public Circle {\n            Objects.requireNonNull(tags);\n        }\n\n        public Circle(double radius) { this(radius, List.of(\"a tag\")); }\n\n        @Override\n        public double area() { return radius * radius * 3; }\n    }\n\n    final class Square implements Shape {\n        private double side;\n\n        class Corner {\n            int at;\n        }\n\n        @Override public double area() { return side * side; }\n    }\n}\n",
        )],
        &[],
    );
    assert!(
        shown.contains("record Circle(double radius, List<String> tags)"),
        "{shown}"
    );
    assert!(shown.contains("final class Square implements Shape"), "{shown}");
    for gone in ["of the owner", "4711", "requireNonNull", "Objects", "double side"] {
        assert!(!shown.contains(gone), "{gone}\n{shown}");
    }
}

#[test]
fn a_sealed_type_keeps_a_private_subtype() {
    let shown = accepted(
        "sealed",
        &[(
            "p/A.java",
            "package p;\n\npublic class A {\n    public static sealed abstract class Base { }\n\n    private static final class Only extends Base { int secret = 4711; }\n}\n",
        )],
        &[],
    );
    assert!(
        shown.contains("class Only extends Base") && !shown.contains("4711"),
        "{shown}"
    );
}

#[test]
fn annotations_and_parents_stay() {
    let shown = accepted(
        "annotations",
        &[
            (
                "p/Named.java",
                "package p;\n\nimport java.lang.annotation.*;\n\n/** Says a name. */\n@Retention(RetentionPolicy.RUNTIME)\n@Target({ElementType.TYPE, ElementType.METHOD})\npublic @interface Named {\n    String value() default \"none\";\n\n    int[] sizes() default {1, 2};\n}\n",
            ),
            (
                "p/Child.java",
                "package p;\n\nimport java.io.Serializable;\nimport java.util.*;\n\n@Named(Child.NAME)\npublic class Child extends Parent implements Serializable {\n    private static final long serialVersionUID = 1L;\n    static final String NAME = \"child\";\n\n    private final Map<String, List<Integer>> all = new HashMap<>();\n\n    public Child(int n) {\n        super(check(n), \"from the child\", () -> { return \"lazy secret\"; });\n    }\n\n    private static int check(int n) {\n        if (n < 0) {\n            throw new IllegalArgumentException(\"negative secret\");\n        }\n        return n;\n    }\n\n    @Override\n    public void merge() { all.clear(); }\n}\n",
            ),
            (
                "p/Parent.java",
                "package p;\n\nimport java.util.function.Supplier;\n\nabstract class Parent {\n    Parent(int n, String s, Supplier<String> lazy) { }\n\n    abstract void merge();\n}\n",
            ),
        ],
        &[],
    );
    assert!(
        shown.contains("default \"none\"") && shown.contains("/** Says a name. */"),
        "{shown}"
    );
}

#[test]
fn imports_of_what_is_hidden_go() {
    let files = crate::compiled::by_hand(&[(
        "src/main/java/com/acme/api/A.java",
        "package com.acme.api;\n\nimport com.acme.secret.Engine;\nimport com.acme.secret.Other;\nimport java.util.*;\nimport java.util.concurrent.Callable;\nimport static java.lang.Math.max;\n\n/** Uses {@link Engine} and {@link Callable}. */\npublic class A {\n    public int f() { return max(new Engine().run(), Other.N); }\n}\n",
    )]);
    let shown = crate::compiled::delivered(&files, &super::outcomes(&files, |_| false));
    let text = String::from_utf8(shown[0].1.clone()).unwrap();
    assert!(
        !text.contains("import com.acme") && !text.contains("import static") && !text.contains("java.util.*"),
        "{text}"
    );
    assert!(text.contains("import java.util.concurrent.Callable;"), "{text}");
    assert_eq!(super::javac("hidden-imports", &shown), "");
}

#[test]
fn a_module_exports_only_what_is_delivered() {
    let files = crate::compiled::by_hand(&[
        (
            "module-info.java",
            "/** Our module. */\nmodule com.acme {\n    requires java.logging;\n    exports com.acme.api; // public\n    exports com.acme.secret;\n    opens com.acme.secret to java.logging;\n    uses com.acme.secret.Engine;\n    provides java.lang.Runnable with com.acme.secret.Engine;\n}\n",
        ),
        (
            "com/acme/api/A.java",
            "package com.acme.api;\n\npublic class A { }\n",
        ),
        (
            "com/acme/api/package-info.java",
            "/** What others call. */\npackage com.acme.api;\n",
        ),
    ]);
    let shown = crate::compiled::delivered(&files, &super::outcomes(&files, |_| false));
    let text = String::from_utf8(shown[0].1.clone()).unwrap();
    assert!(
        text.contains("exports com.acme.api;") && !text.contains("secret"),
        "{text}"
    );
    assert!(crate::compiled::holds(&shown[2].1, b"What others call."));
    assert_eq!(super::javac("module", &shown), "");
}
