-- SSH keys with which people sign their commits; a key that was taken away stays, as it explains old signatures.
CREATE TABLE person_key (
    person TEXT NOT NULL, fingerprint TEXT NOT NULL, public_key TEXT NOT NULL, added_at {integer} NOT NULL,
    vouched_by TEXT, removed_at {integer},
    PRIMARY KEY (person, fingerprint)
) {table};
CREATE INDEX person_key_fingerprint ON person_key (fingerprint);
