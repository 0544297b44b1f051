-- The forms in which one rendered text was delivered: with which header line around it, or as its recipient pushed it.
CREATE TABLE delivered_form (
    recipient TEXT NOT NULL, path {bytes} NOT NULL, rendered TEXT NOT NULL, header TEXT NOT NULL,
    ordinal {integer} NOT NULL, delivered TEXT NOT NULL, spans TEXT NOT NULL,
    PRIMARY KEY (recipient, path, rendered, header, ordinal)
) {table};
CREATE INDEX delivered_form_delivered ON delivered_form (delivered);
