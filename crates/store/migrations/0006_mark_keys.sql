-- The epochs of recipients' mark keys that are over: the next one is the recipient's own. Copies stay as they were delivered. Who was
-- delivered what under which epoch stands in delivered_file and commitment, in the column profile: `robust, epoch 2`; no epoch is the first.
CREATE TABLE retired_mark_key (
    recipient TEXT NOT NULL, epoch {integer} NOT NULL, retired_at {integer} NOT NULL, reason TEXT NOT NULL,
    entry_log TEXT NOT NULL, entry_index {integer} NOT NULL,
    PRIMARY KEY (recipient, epoch)
) {table};
