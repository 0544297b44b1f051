//! One SQL facade over SQLite and PostgreSQL, migrations, the ledger writer, blobs.
