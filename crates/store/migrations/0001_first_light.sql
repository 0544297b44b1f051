-- The words in braces stand for the database's own type: {integer} 64 bits signed, {bytes}, {boolean};
-- {table} ends the definition of a table of small rows, {wide} of one whose rows hold long texts or bodies. Times are {integer} microseconds since 1970-01-01 UTC. Text kept as JSON is TEXT.

-- One row: the writers of several processes lock it in turn.
CREATE TABLE writer_lease (id {integer} PRIMARY KEY) {table};
INSERT INTO writer_lease (id) VALUES (1);

-- One row: counts the writes that revoked something.
CREATE TABLE revision (id {integer} PRIMARY KEY, value {integer} NOT NULL) {table};
INSERT INTO revision (id, value) VALUES (1, 0);

CREATE TABLE ledger_head (
    log TEXT NOT NULL, size {integer} NOT NULL, root {bytes} NOT NULL, frontier {bytes} NOT NULL,
    PRIMARY KEY (log)
) {table};
CREATE TABLE ledger_entry (
    log TEXT NOT NULL, entry_index {integer} NOT NULL, statement {bytes} NOT NULL, leaf {bytes} NOT NULL,
    PRIMARY KEY (log, entry_index)
) {table};
CREATE TABLE ledger_node (
    log TEXT NOT NULL, level {integer} NOT NULL, node_index {integer} NOT NULL, hash {bytes} NOT NULL,
    PRIMARY KEY (log, level, node_index)
) {table};

CREATE TABLE declared (
    kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) {wide};
CREATE TABLE estate_history (
    number {integer} NOT NULL, applied_at {integer} NOT NULL, actor TEXT NOT NULL, text_hash {bytes} NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (number)
) {wide};

-- The only place where a name stands beside a random id; a name can be erased.
CREATE TABLE actor (
    id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT,
    PRIMARY KEY (id), UNIQUE (kind, name)
) {table};

CREATE TABLE signature (
    agreement TEXT NOT NULL, signatory TEXT NOT NULL, terms_hash {bytes} NOT NULL, document_hash {bytes},
    signed_at {integer} NOT NULL, vouched_by TEXT, entry_log TEXT NOT NULL, entry_index {integer} NOT NULL,
    PRIMARY KEY (agreement, signatory, terms_hash)
) {table};
CREATE TABLE party_state (
    party TEXT NOT NULL, offboarded_at {integer}, reason TEXT,
    PRIMARY KEY (party)
) {table};
CREATE TABLE grant_state (
    recipient TEXT NOT NULL, view_name TEXT NOT NULL, agreements TEXT NOT NULL, revoked_at {integer}, reason TEXT,
    PRIMARY KEY (recipient, view_name, agreements)
) {table};

CREATE TABLE token (
    id TEXT NOT NULL, hash {bytes} NOT NULL, person TEXT NOT NULL, view_name TEXT NOT NULL, recipient TEXT NOT NULL,
    issued_at {integer} NOT NULL, expires_at {integer} NOT NULL, revoked_at {integer}, reason TEXT, vouched_by TEXT,
    last_used_at {integer},
    PRIMARY KEY (id), UNIQUE (hash)
) {table};
CREATE INDEX token_person ON token (person);

CREATE TABLE delivery (
    id TEXT NOT NULL, recipient TEXT NOT NULL, view_name TEXT NOT NULL, person TEXT NOT NULL, token TEXT,
    kind TEXT NOT NULL, began_at {integer} NOT NULL, began_log TEXT NOT NULL, began_index {integer} NOT NULL,
    ended_at {integer}, objects {integer}, bytes {integer}, manifest_hash {bytes}, tips TEXT NOT NULL, outcome TEXT,
    PRIMARY KEY (id)
) {table};
CREATE INDEX delivery_recipient ON delivery (recipient, view_name, began_at);
CREATE INDEX delivery_view ON delivery (view_name, began_at);
CREATE TABLE delivered_file (
    recipient TEXT NOT NULL, path {bytes} NOT NULL, canonical TEXT NOT NULL, profile TEXT NOT NULL,
    delivered TEXT NOT NULL, engine TEXT NOT NULL,
    PRIMARY KEY (recipient, path, canonical)
) {table};
CREATE INDEX delivered_file_canonical ON delivered_file (canonical);
CREATE INDEX delivered_file_delivered ON delivered_file (delivered);

CREATE TABLE commit_map (
    view_name TEXT NOT NULL, recipient TEXT NOT NULL, generation {integer} NOT NULL, sequence {integer} NOT NULL,
    upstream TEXT NOT NULL, projected TEXT NOT NULL, origin TEXT NOT NULL,
    PRIMARY KEY (view_name, recipient, generation, sequence)
) {table};
CREATE INDEX commit_map_upstream ON commit_map (view_name, recipient, generation, upstream);
CREATE INDEX commit_map_projected ON commit_map (view_name, recipient, generation, projected);
CREATE TABLE store_state (
    view_name TEXT NOT NULL, recipient TEXT NOT NULL, generation {integer} NOT NULL, tip_upstream TEXT,
    tip_projected TEXT, rules_hash TEXT NOT NULL, rules TEXT NOT NULL,
    PRIMARY KEY (view_name, recipient)
) {wide};

CREATE TABLE pin (
    recipient TEXT NOT NULL, path {bytes} NOT NULL, site {bytes} NOT NULL, variant {integer} NOT NULL,
    PRIMARY KEY (recipient, path, site)
) {table};
CREATE TABLE touched (
    recipient TEXT NOT NULL, path {bytes} NOT NULL, site {bytes} NOT NULL, since_canonical TEXT NOT NULL,
    PRIMARY KEY (recipient, path, site)
) {table};
CREATE TABLE site_table (
    canonical TEXT NOT NULL, language TEXT NOT NULL, profile TEXT NOT NULL, engine TEXT NOT NULL,
    anchor_generation {integer} NOT NULL, body {bytes} NOT NULL,
    PRIMARY KEY (canonical, language, profile, engine, anchor_generation)
) {wide};
CREATE TABLE commitment (
    recipient TEXT NOT NULL, canonical TEXT NOT NULL, profile TEXT NOT NULL, root {bytes} NOT NULL,
    entry_log TEXT NOT NULL, entry_index {integer} NOT NULL,
    PRIMARY KEY (recipient, canonical, profile)
) {table};

CREATE TABLE submission (
    id TEXT NOT NULL, view_name TEXT NOT NULL, recipient TEXT NOT NULL, person TEXT NOT NULL, branch TEXT NOT NULL,
    state TEXT NOT NULL, base TEXT NOT NULL, vendor_tip TEXT NOT NULL, owner_tip TEXT, work_item TEXT,
    summary TEXT NOT NULL, received_at {integer} NOT NULL, decided_at {integer}, decided_by TEXT, reason TEXT,
    PRIMARY KEY (id)
) {wide};
CREATE INDEX submission_branch ON submission (view_name, recipient, branch, received_at);

CREATE TABLE trace_case (
    id TEXT NOT NULL, opened_at {integer} NOT NULL, suspect_hash {bytes} NOT NULL, settings TEXT NOT NULL,
    result TEXT,
    PRIMARY KEY (id)
) {wide};
CREATE TABLE case_step (
    case_id TEXT NOT NULL, number {integer} NOT NULL, at_time {integer} NOT NULL, actor TEXT NOT NULL,
    what TEXT NOT NULL,
    PRIMARY KEY (case_id, number)
) {wide};
