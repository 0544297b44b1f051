//! Every command and flag. One list yields the parser, the help and the CLI reference that a snapshot holds.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Ringfence lets an outside team work on your code without your code getting out.
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, disable_help_subcommand = true)]
pub struct Arguments {
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Folder with configuration, keys, mirrors, stores and ledger.
    #[arg(
        long,
        global = true,
        env = "RINGFENCE_HOME",
        value_name = "DIR",
        default_value = ".ringfence"
    )]
    pub home: PathBuf,
    /// Prints JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes a new home: configuration, keys, database.
    Init {
        /// Address of the database: sqlite:FILE (relative to the home) or postgres://...
        #[arg(long, value_name = "URL")]
        database: Option<String>,
    },
    /// Shows what applying an estate file (or a folder of them) would change.
    Plan {
        /// The estate file or folder.
        file: PathBuf,
    },
    /// Makes the estate so, in one transaction, or refuses.
    Apply {
        /// The estate file or folder.
        file: PathBuf,
    },
    /// Agreements and their signatures.
    #[command(subcommand)]
    Agreement(AgreementCommand),
    /// Prints every condition of an access decision, its verdict and the cure.
    Why {
        /// E-mail address of the person.
        person: String,
        /// Name of the view.
        view: String,
        /// Ask for writing instead of reading.
        #[arg(long)]
        write: bool,
    },
    /// Views: files, exposure, check, export.
    #[command(subcommand)]
    View(ViewCommand),
    /// Credentials for git.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Serves git over HTTP at /git/VIEW.git.
    Serve {
        /// Address to listen on; loopback unless TLS or a proxy is configured.
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Address of the TLS-terminating proxy in front; only it may connect.
        #[arg(long, value_name = "ADDR")]
        behind_proxy: Option<std::net::IpAddr>,
        /// PEM certificate chain.
        #[arg(long, value_name = "FILE", requires = "key")]
        certificate: Option<PathBuf>,
        /// PEM private key.
        #[arg(long, value_name = "FILE", requires = "certificate")]
        key: Option<PathBuf>,
    },
    /// Pushes of recipients: list, show, accept, refuse.
    #[command(subcommand)]
    Submission(SubmissionCommand),
    /// Forensic marks.
    #[command(subcommand)]
    Mark(MarkCommand),
    /// Leads a line of a recipient's copy to the owner's line, or back. For the owner alone: the answer tells where marks are.
    Locate {
        /// Name of the view.
        view: String,
        /// FILE:LINE or FILE:LINE:COLUMN, as stack traces write it.
        #[arg(value_name = "FILE:LINE")]
        place: String,
        /// Name of the recipient.
        #[arg(long)]
        recipient: String,
        /// FILE:LINE is the owner's; leads it to the recipient's copy.
        #[arg(long)]
        reverse: bool,
        /// Commit of the copy, or the owner's commit behind it; the newest delivered one when left out.
        #[arg(long, value_name = "COMMIT")]
        at: Option<String>,
    },
    /// Finds which delivered copy a suspect comes from; opens a case.
    Trace {
        /// A file, a folder, an archive (zip, wheel, jar, tar, tar.gz), a git repository with all its versions, or - for standard input.
        path: PathBuf,
        /// Also writes the report as an HTML page with both sources side by side; for the owner's eyes only.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Accepted chance that any innocent recipient is ever named.
        #[arg(long, default_value_t = 1e-9)]
        epsilon: f64,
    },
    /// Writes the evidence pack of a case.
    Pack {
        /// Id of the case.
        case: String,
        /// Where to write it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Verifies an evidence pack offline; needs no home.
    Verify {
        /// The pack.
        file: PathBuf,
        /// Verifier key (or a file that holds it) that you trust, got from outside the pack.
        #[arg(long, value_name = "KEY")]
        trust: Vec<String>,
    },
    /// The tamper-evident ledger.
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// The gateway's own key, which signs view commits.
    #[command(subcommand)]
    Gateway(GatewayCommand),
    /// Keys with which people sign their commits.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Ends all access of a party in one act.
    Offboard {
        /// Name of the party.
        party: String,
        /// Why; kept in the ledger as a commitment.
        #[arg(long, default_value = "offboarded by the operator")]
        reason: String,
    },
    /// Which party received which asset under which agreement.
    Tracker {
        /// Only this party.
        #[arg(long)]
        party: Option<String>,
    },
    /// The register of assets.
    #[command(subcommand)]
    Asset(AssetCommand),
    /// Owner-built files that a view carries: a wheel, a jar, a static library, an image.
    #[command(subcommand)]
    Artefact(ArtefactCommand),
    /// Log of deliveries: who fetched what, when, how much.
    Deliveries {
        /// Only this recipient.
        #[arg(long)]
        recipient: Option<String>,
    },
    /// Runs the whole story on a real repository: the first ten minutes, unattended.
    Demo {
        /// Repository or folder to use instead of this one.
        #[arg(long, value_name = "PATH")]
        repo: Option<PathBuf>,
        /// Leave the home behind (only with --home).
        #[arg(long)]
        keep: bool,
    },
}

/// Agreements and their signatures.
#[derive(Debug, Subcommand)]
pub enum AgreementCommand {
    /// Lists agreements with their state.
    List,
    /// Shows terms, signatures and state.
    Show {
        /// Id of the agreement.
        id: String,
    },
    /// Records a signature, vouched for by the operator.
    Sign {
        /// Id of the agreement.
        id: String,
        /// Signatory: "owner" or an e-mail address.
        #[arg(long = "as", value_name = "WHO")]
        signatory: String,
        /// The signed document; kept by hash.
        #[arg(long, value_name = "FILE")]
        document: Option<PathBuf>,
    },
}

/// Views.
#[derive(Debug, Subcommand)]
pub enum ViewCommand {
    /// Lists the files of a view with their visibility.
    Files {
        /// Name of the view.
        view: String,
        /// As delivered to this recipient.
        #[arg(long)]
        recipient: Option<String>,
    },
    /// Says what a view gives away.
    Exposure {
        /// Name of the view.
        view: String,
    },
    /// Prints the program that records what runs when a Python package is imported, for the owner's own machine.
    Profiler,
    /// Takes in what the import profiler printed: functions that run at import keep their bodies in interface files, others lose them.
    ImportProfile {
        /// Name of the view.
        view: String,
        /// What the profiler printed.
        file: PathBuf,
    },
    /// Shows what the owner's branch is now from a new root, when its history was rewritten on purpose; earlier copies stay out there.
    Restart {
        /// Name of the view.
        view: String,
    },
    /// Lists where files of a view name what it hides, or hold secrets and addresses; exit code 1 when there are any.
    Check {
        /// Name of the view.
        view: String,
    },
    /// Delivers a copy without git, recorded like any delivery.
    Export {
        /// Name of the view.
        view: String,
        /// Recipient whose copy it is.
        #[arg(long)]
        recipient: String,
        /// Person it is handed to; the recipient's only member when there is one.
        #[arg(long = "to", value_name = "PERSON")]
        person: Option<String>,
        /// Folder to write; must be absent or empty.
        directory: PathBuf,
    },
}

/// Owner-built files that a view carries.
#[derive(Debug, Subcommand)]
pub enum ArtefactCommand {
    /// Places a file at a path of a view, in place of an earlier one there; delivered and recorded like any file.
    Add {
        /// Name of the view.
        view: String,
        /// Path in the view; the recipient must not be able to write there.
        path: String,
        /// The file; its executable bit counts.
        file: PathBuf,
    },
    /// Lists the artefacts of a view.
    List {
        /// Name of the view.
        view: String,
    },
    /// Takes an artefact out of the view; delivered copies keep it.
    Remove {
        /// Name of the view.
        view: String,
        /// Path in the view.
        path: String,
    },
}

/// Credentials for git.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Issues a token, vouched for; printed once, alone on the last line.
    Issue {
        /// E-mail address of the person.
        #[arg(long)]
        person: String,
        /// Name of the view.
        #[arg(long)]
        view: String,
        /// How long it lasts: 30m, 1h, 8h, 5d.
        #[arg(long, default_value = "8h")]
        ttl: String,
    },
    /// Lists tokens without their secrets.
    List,
    /// Revokes a token; running transfers are cut.
    Revoke {
        /// Id of the token.
        id: String,
    },
}

/// Pushes of recipients.
#[derive(Debug, Subcommand)]
pub enum SubmissionCommand {
    /// Lists submissions.
    List {
        /// Only this view.
        #[arg(long)]
        view: Option<String>,
    },
    /// Shows one, with its flags and its diff on the owner's base.
    Show {
        /// Id of the submission.
        id: String,
    },
    /// Builds and tests it against the full source, as the view says, in a closed room; the recipient learns pass or fail and
    /// the lines of its own files that the output names, with its receipts.
    Build {
        /// Id of the submission.
        id: String,
    },
    /// Writes the changed files exactly as they were pushed into a new folder; also those of a conflict.
    Pushed {
        /// Id of the submission.
        id: String,
        /// The folder to make.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Writes branch ringfence/RECIPIENT/BRANCH into the owner's repository.
    Accept {
        /// Id of the submission.
        id: String,
    },
    /// Refuses it.
    Refuse {
        /// Id of the submission.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// Forensic marks.
#[derive(Debug, Subcommand)]
pub enum MarkCommand {
    /// Shows what one recipient's copy changes; an entry in that recipient's log.
    Diff {
        /// Name of the view.
        view: String,
        /// Name of the recipient.
        #[arg(long)]
        recipient: String,
    },
    /// Retires the epoch of a recipient's mark key, because somebody may have learned it. What was delivered stays as it is; what is
    /// delivered from now on is marked under the next epoch.
    Rotate {
        /// Name of the recipient.
        recipient: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Runs the project's own formatter, linter, build and tests on marked copies, and prints the mark policy that raises no new
    /// finding. Runs the project's commands as you: for your own code only.
    Probe {
        /// Folder of the project.
        folder: PathBuf,
        /// Families to probe: all quiet ones, or those that keep every line's number.
        #[arg(long, value_enum, default_value_t = ProbedProfile::Robust)]
        profile: ProbedProfile,
        /// A further check, as KIND=COMMAND (formatter, linter, build or tests), run by `sh -c` in the copy.
        #[arg(long = "check", value_name = "KIND=COMMAND")]
        checks: Vec<String>,
        /// Runs only the checks given here, none that the project's files name.
        #[arg(long, requires = "checks")]
        only: bool,
        /// Gitignore pattern of paths that stay unmarked.
        #[arg(long = "except", value_name = "GLOB")]
        except: Vec<String>,
        /// Time for all of it.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
    },
    /// Counts what marks a project can carry, and how many leaked lines name one recipient.
    Capacity {
        /// Folder of the project.
        folder: PathBuf,
        /// Families to count: all quiet ones, or those that keep every line's number.
        #[arg(long, value_enum, default_value_t = ProbedProfile::Robust)]
        profile: ProbedProfile,
        /// Recipients among whom one is named.
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
        candidates: u32,
        /// Bound on the chance that any innocent recipient is named.
        #[arg(long, default_value_t = 1e-9)]
        epsilon: f64,
        /// Largest coalition.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=6))]
        colluders: u8,
        /// Gitignore pattern of paths that stay unmarked.
        #[arg(long = "except", value_name = "GLOB")]
        except: Vec<String>,
    },
}

/// Families that are probed or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ProbedProfile {
    // Without documentation: the long help of values would leave blank lines that end in spaces.
    Robust,
    Steady,
}

/// The register of assets.
#[derive(Debug, Subcommand)]
pub enum AssetCommand {
    /// Lists assets, implicit ones included.
    List,
}

/// The gateway's own key.
#[derive(Debug, Subcommand)]
pub enum GatewayCommand {
    /// Prints the line for an allowed-signers file (git config gpg.ssh.allowedSignersFile).
    Key,
}

/// Keys with which people sign their commits.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Keys of a person.
    #[command(subcommand)]
    Key(PersonKeyCommand),
}

/// Keys of a person.
#[derive(Debug, Subcommand)]
pub enum PersonKeyCommand {
    /// Registers the SSH key with which a person signs commits, vouched for by the operator.
    Add {
        /// E-mail address of the person.
        person: String,
        /// The public key: a file ending in .pub.
        file: PathBuf,
    },
    /// Lists the keys of a person, or of all.
    List {
        /// E-mail address of the person.
        person: Option<String>,
    },
    /// Takes a key away; what it signed before stays proven.
    Remove {
        /// E-mail address of the person.
        person: String,
        /// SHA256:..., as ssh-keygen -l prints it.
        fingerprint: String,
    },
}

/// The tamper-evident ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Prints the last entries.
    Tail {
        /// Which log: "owner" or a recipient.
        #[arg(long, default_value = "owner")]
        log: String,
        /// How many.
        #[arg(long, short = 'n', default_value_t = 20)]
        count: u64,
    },
    /// Recomputes every hash of every log and compares.
    Audit,
    /// Prints a signed checkpoint.
    Checkpoint {
        /// Which log.
        #[arg(long, default_value = "owner")]
        log: String,
    },
    /// Prints a proof that an entry is in the log (c2sp.org/tlog-proof).
    Prove {
        /// Index of the entry.
        index: u64,
        /// Which log.
        #[arg(long, default_value = "owner")]
        log: String,
    },
    /// Prints the verifier key.
    Key {
        /// Which log.
        #[arg(long, default_value = "owner")]
        log: String,
    },
}
