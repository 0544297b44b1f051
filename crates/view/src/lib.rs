//! What a recipient gets and how a push comes back: path rules, projection, translation.
