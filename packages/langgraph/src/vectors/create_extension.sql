-- Makes the extension, where it is missing.
-- :exec
create extension if not exists vector
