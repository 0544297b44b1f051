//! Forms of secrets, as data: written from what their issuers document, in the manner of the MIT-licensed gitleaks rules.

/// One form.
pub(super) struct Form {
    /// Its name in findings.
    pub(super) name: &'static str,
    /// Words of which one stands in every match, whatever its case: a pattern over these finds the files that are worth a closer look.
    pub(super) keyword: &'static str,
    /// The pattern; group 1, or the whole when there is none, is the secret.
    pub(super) pattern: &'static str,
    /// The least entropy of the secret in bits a character; 0 when the form alone is proof.
    pub(super) entropy: f64,
}

const fn form(name: &'static str, keyword: &'static str, pattern: &'static str) -> Form {
    Form {
        name,
        keyword,
        pattern,
        entropy: 0.0,
    }
}

const fn random(name: &'static str, keyword: &'static str, pattern: &'static str, entropy: f64) -> Form {
    Form {
        name,
        keyword,
        pattern,
        entropy,
    }
}

/// Forms that count in every file.
pub(super) const FORMS: &[Form] = &[
    form(
        "private key",
        r"-----BEGIN ",
        r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----[ \t\r\n\\]",
    ),
    random(
        "AWS access key id",
        r"AKIA|ASIA|ABIA|ACCA",
        r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b",
        3.0,
    ),
    random(
        "AWS secret access key",
        r"aws",
        r#"(?i:aws)[\w.\- ]{0,20}(?i:secret)[\w.\- ]{0,20}["']?[ \t]*[:=][ \t]*["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
        4.0,
    ),
    random(
        "GitHub token",
        r"gh[pousr]_",
        r"\b(gh[pousr]_[A-Za-z0-9]{36,255})\b",
        3.0,
    ),
    random(
        "GitHub fine-grained token",
        r"github_pat_",
        r"\b(github_pat_[A-Za-z0-9_]{60,120})\b",
        3.0,
    ),
    random(
        "GitLab token",
        r"gl(?:pat|ptt|rt|dt|cbt|soat)-",
        r"\b(gl(?:pat|ptt|rt|dt|cbt|soat)-[A-Za-z0-9_\-]{20,100})",
        3.0,
    ),
    random(
        "Slack token",
        r"xox[abeoprs]-",
        r"\b(xox[abeoprs]-(?:[0-9]{6,}-)[A-Za-z0-9\-]{10,200})",
        3.0,
    ),
    form(
        "Slack webhook",
        r"hooks\.slack\.com",
        r"https://hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]{8,}/[A-Z0-9]{8,}/[A-Za-z0-9]{16,}",
    ),
    form(
        "Discord webhook",
        r"/api/webhooks/",
        r"https://discord(?:app)?\.com/api/webhooks/[0-9]{15,}/[\w\-]{40,}",
    ),
    random("Google API key", r"AIza", r"\b(AIza[0-9A-Za-z_\-]{35})\b", 3.0),
    random(
        "Google OAuth secret",
        r"GOCSPX-",
        r"\b(GOCSPX-[A-Za-z0-9_\-]{28})\b",
        3.0,
    ),
    form(
        "Google service account",
        r"service_account",
        r#""type"[ \t]*:[ \t]*"service_account""#,
    ),
    random(
        "Stripe key",
        r"[sr]k_(?:live|test)_",
        r"\b((?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16,120})\b",
        3.0,
    ),
    random("Twilio key", r"SK[0-9a-f]{8}", r"\b(SK[0-9a-f]{32})\b", 3.0),
    random(
        "SendGrid key",
        r"SG\.",
        r"\b(SG\.[\w\-]{16,32}\.[\w\-]{32,64})",
        3.5,
    ),
    random("Mailgun key", r"key-[0-9a-f]{8}", r"\b(key-[0-9a-f]{32})\b", 3.0),
    random("npm token", r"npm_", r"\b(npm_[A-Za-z0-9]{36})\b", 3.0),
    form("PyPI token", r"pypi-AgE", r"\bpypi-AgE[\w\-]{50,}"),
    random(
        "crates.io token",
        r"cio[a-z0-9]{16}",
        r"\b(cio[A-Za-z0-9]{32})\b",
        3.5,
    ),
    random(
        "Docker Hub token",
        r"dckr_",
        r"\b(dckr_(?:pat|oat)_[\w\-]{24,})",
        3.0,
    ),
    random(
        "DigitalOcean token",
        r"do[opr]_v1_",
        r"\b(do[opr]_v1_[a-f0-9]{64})\b",
        3.0,
    ),
    random("Vault token", r"hv[sbr]\.", r"\b(hv[sbr]\.[\w\-]{24,300})", 3.5),
    random(
        "Terraform Cloud token",
        r"\.atlasv1\.",
        r"\b([A-Za-z0-9]{14}\.atlasv1\.[\w\-]{60,70})",
        3.5,
    ),
    random(
        "OpenAI key",
        r"T3BlbkFJ",
        r"\b(sk-(?:proj-|svcacct-)?[\w\-]{20,}T3BlbkFJ[\w\-]{20,})",
        3.5,
    ),
    random(
        "Anthropic key",
        r"sk-ant-",
        r"\b(sk-ant-[a-z0-9]{3,10}-[\w\-]{80,})",
        3.5,
    ),
    random("Hugging Face token", r"hf_", r"\b(hf_[A-Za-z]{34})\b", 3.5),
    random(
        "Shopify token",
        r"shp(?:at|ss|ca|pa)_",
        r"\b(shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32})\b",
        3.0,
    ),
    random(
        "Square token",
        r"sq0",
        r"\b(sq0(?:atp|csp|idp)-[\w\-]{22,43})\b",
        3.5,
    ),
    random(
        "Telegram bot token",
        r":AA",
        r"\b([0-9]{8,10}:AA[\w\-]{33})\b",
        3.5,
    ),
    random(
        "Azure storage key",
        r"AccountKey=",
        r"AccountKey=([A-Za-z0-9+/]{86}==)",
        4.0,
    ),
    random(
        "JSON web token",
        r"eyJ",
        r"\b(eyJ[\w\-]{14,}\.eyJ[\w\-]{14,}\.[\w\-]{20,})",
        4.0,
    ),
    random(
        "age secret key",
        r"AGE-SECRET-KEY-1",
        r"\b(AGE-SECRET-KEY-1[02-9A-Z]{58})\b",
        3.5,
    ),
    random("Ringfence token", r"rft_", r"\b(rft_[0-9a-f]{64})\b", 3.0),
    random(
        "password in an address",
        r"://",
        r#"\b[a-z][a-z0-9+.\-]{1,20}://[^\s:/@"'<>{}$]{1,100}:([^\s:/@"'<>{}$]{4,200})@[\w.\-]{3,200}"#,
        2.5,
    ),
    random(
        "assigned secret",
        r"secret|passw|passphrase|api[_-]?key|access[_-]?key|auth[_-]?key|token|private[_-]?key|signing[_-]?key|encryption[_-]?key|credential",
        r#"(?i:\b[\w.\-]{0,40}(?:secret|passw(?:or)?d|passphrase|api[_\-]?key|access[_\-]?key|auth[_\-]?key|auth[_\-]?token|access[_\-]?token|private[_\-]?key|signing[_\-]?key|encryption[_\-]?key|client[_\-]?secret|bearer[_\-]?token|credential)[\w.\-]{0,20})["']?[ \t]*(?::[ \t]*[\w&'<>]{1,40}[ \t]*=|:=|=>|[:=])[ \t]*[brfu]?["'`]([^\s"'`]{10,200})["'`]"#,
        3.5,
    ),
];

/// Forms that count in files of settings alone, where values stand without quotes.
pub(super) const SETTINGS: &[Form] = &[random(
    "assigned secret",
    r"secret|passw|passphrase|api[_-]?key|access[_-]?key|auth[_-]?key|token|private[_-]?key|signing[_-]?key|encryption[_-]?key|credential",
    r"(?im)^[ \t]*(?:export[ \t]+)?[\w.\-]{0,60}(?:secret|token|passw(?:or)?d|passphrase|api_?key|access_?key|private_?key)[\w.\-]{0,20}[ \t]*[:=][ \t]*([^\s#'\x22]{12,200})[ \t]*\r?$",
    3.5,
)];

/// Words in a value that say it stands for another.
pub(super) const PLACEHOLDERS: &[&str] = &[
    "example",
    "changeme",
    "change_me",
    "change-me",
    "placeholder",
    "dummy",
    "your",
    "xxxx",
    "****",
    "....",
    "<",
    "${",
    "{{",
    "%(",
    "$(",
    "%s",
    "{}",
    "redacted",
    "notasecret",
    "not-a-secret",
    "insert",
    "replace",
    "test",
    "sample",
    "fake",
    "todo",
    "process.env",
    "os.environ",
    "getenv",
    "secrets.",
    "vault:",
    "12345678",
    "abcdefgh",
    "hunter2",
    "::",
    "http://",
    "https://",
    "password",
    "()",
];

/// Domains that belong to nobody (RFC 2606, RFC 6761) and addresses that machines use.
pub(super) const NOBODY: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "example.edu",
    "localhost.localdomain",
    "users.noreply.github.com",
    "noreply.github.com",
    "domain.com",
    "email.com",
    "test.com",
];

/// Endings that look like a top-level domain and are a file's.
pub(super) const FILE_ENDINGS: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "ico",
    "js",
    "ts",
    "tsx",
    "jsx",
    "css",
    "scss",
    "html",
    "json",
    "md",
    "rs",
    "py",
    "go",
    "java",
    "sh",
    "txt",
    "yml",
    "yaml",
    "toml",
    "lock",
    "xml",
    "service",
    "timer",
    "socket",
    "target",
    "git",
    "tgz",
    "whl",
    "example",
    "invalid",
    "test",
    "localhost",
    "local",
    "lan",
    "internal",
];

/// Local parts that are no person.
pub(super) const MACHINES: &[&str] = &[
    "git",
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "root",
    "www-data",
];
