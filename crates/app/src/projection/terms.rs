//! The text of `LICENCE-TERMS.md` at the root of every view.
//!
//! A function of the grant's facts that do not change when it is renewed: no dates, so that renewing changes neither store nor marks.
//! Never marked: it says the same to everybody of a recipient.

use crate::estate::Current;
use crate::home::App;
use ringfence_domain::view::View;
use ringfence_view::object::ROLE_EMAIL;
use std::collections::BTreeMap;

impl App {
    /// The line of an allowed-signers file (`git config gpg.ssh.allowedSignersFile`) that says who signs view commits.
    #[must_use]
    pub fn allowed_signer(&self) -> String {
        format!(
            "{ROLE_EMAIL} namespaces=\"git\" {}",
            self.keys.gateway().public().line()
        )
    }

    /// The terms of a recipient's view.
    pub(super) fn terms(&self, current: &Current, view: &View, recipient: &str) -> String {
        let mut agreements: BTreeMap<&str, &str> = BTreeMap::new();
        for grant in &current.estate.grants {
            if grant.recipient == recipient && grant.view == view.name {
                let purpose = grant.purpose.as_str();
                agreements.extend(grant.agreements.iter().map(|id| (id.as_str(), purpose)));
            }
        }
        let owner = plain(&current.estate.owner.name);
        let mut text = format!(
            "# Licence terms\n\n\
             This copy of `{view}` is the property of {owner}. It was delivered to `{recipient}`",
            view = plain(&view.name),
            recipient = plain(recipient)
        );
        text.push_str(if agreements.is_empty() {
            ".\n"
        } else {
            " under:\n\n"
        });
        for (agreement, purpose) in &agreements {
            text.push_str(&format!(
                "- agreement `{}`, for the purpose `{}`\n",
                plain(agreement),
                plain(purpose)
            ));
        }
        text.push_str(&format!(
            "\nIt may be used for this purpose and by the persons named there, and for nothing else. No redistribution: not to\n\
             other companies, not to other persons, not to services that keep it or learn from it. No other licence is granted;\n\
             files of third parties stay under their own licences.\n\n\
             Copies are individual: this one was made for `{}`, and a copy that turns up elsewhere can be traced to it.\n\
             Access is logged: every clone, fetch and push is recorded in a tamper-evident ledger, and you get receipts.\n\n\
             Commits by `{ROLE_EMAIL}` are signed. To verify them, put this line into a file and name that file in\n\
             `git config gpg.ssh.allowedSignersFile`; ask {owner} by another way whether it is the right key:\n\n    {}\n",
            plain(recipient),
            self.allowed_signer()
        ));
        text
    }
}

/// A name on one line, without what would end its quotes.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() || letter == '`' {
                ' '
            } else {
                letter
            }
        })
        .collect()
}
