-- Builds of submissions against the full source, in a closed room.
CREATE TABLE build (
    submission TEXT NOT NULL, number {integer} NOT NULL, built_at {integer} NOT NULL, passed {boolean} NOT NULL,
    ending TEXT NOT NULL, output {bytes} NOT NULL, places TEXT NOT NULL,
    PRIMARY KEY (submission, number)
) {table};
