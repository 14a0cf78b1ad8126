-- Removes the executions of one version, with everything that is theirs.
-- Index: executions_of_definition. Locks: executions in the order of their rows; the version is locked before.
-- :exec
delete from holdfast.executions
where definition_name = :name and definition_version = :version
