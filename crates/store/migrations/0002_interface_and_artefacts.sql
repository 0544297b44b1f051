-- What interface rendering gave for a group of files: a list of outcomes, each naming a text by its git blob id.
CREATE TABLE interface_group (
    input {bytes} NOT NULL, engine {integer} NOT NULL, body {bytes} NOT NULL,
    PRIMARY KEY (input)
) {wide};

-- The rendered texts themselves, by git blob id: what was delivered is state, and a trace reads it again.
CREATE TABLE interface_text (
    blob TEXT NOT NULL, body {bytes} NOT NULL,
    PRIMARY KEY (blob)
) {wide};

-- Which functions ran while the owner imported a view's Python packages.
CREATE TABLE import_profile (
    view_name TEXT NOT NULL, body {bytes} NOT NULL, recorded_at {integer} NOT NULL,
    PRIMARY KEY (view_name)
) {wide};

-- Owner-built files that a view carries at a path; the content is a blob of the home.
CREATE TABLE artefact (
    view_name TEXT NOT NULL, path {bytes} NOT NULL, content {bytes} NOT NULL, size {integer} NOT NULL,
    executable {boolean} NOT NULL, added_at {integer} NOT NULL,
    PRIMARY KEY (view_name, path)
) {table};
