-- The former versions of the states of executions and components. A caller asks for them by state (`keep_states`). All other states
-- cost nothing, because the triggers' conditions fail.

create table holdfast.former_states (
  execution_id holdfast.id not null references holdfast.executions on delete cascade,
  -- Empty for the execution's own state: no component has an empty name.
  component text collate "C" not null,
  version bigint not null,
  updated_at timestamptz not null,
  replaced_at timestamptz not null,
  state json not null,
  primary key (execution_id, component, version)
);

-- Removes the former versions of a state but the newest ones.
create function holdfast.trim_former_states(execution text, of_component text, keep integer) returns void
  language sql volatile
  as $$
  delete from holdfast.former_states as former
  where former.execution_id = execution and former.component = of_component and former.version <= (
    select newest.version
    from holdfast.former_states as newest
    where newest.execution_id = execution and newest.component = of_component
    order by newest.version desc
    offset keep limit 1
  )
$$;

-- Keeps the state that an update of an execution has replaced. It takes the version from the updated row, so it is the one that existed
-- once the row was locked.
create function holdfast.keep_former_state() returns trigger
  language plpgsql
  as $$
begin
  if old.state::text is distinct from new.state::text then
    insert into holdfast.former_states (execution_id, component, version, updated_at, replaced_at, state)
    values (old.id, '', old.version, old.updated_at, new.updated_at, old.state);
    perform holdfast.trim_former_states(new.id, '', new.keeps_states);
  end if;
  return null;
end
$$;

create trigger executions_state_replaced after update of state on holdfast.executions
  for each row when (new.keeps_states is not null and old.state is not null)
  execute function holdfast.keep_former_state();

-- The same for the state of a component.
create function holdfast.keep_former_component_state() returns trigger
  language plpgsql
  as $$
begin
  if old.state::text is distinct from new.state::text then
    insert into holdfast.former_states (execution_id, component, version, updated_at, replaced_at, state)
    values (old.execution_id, old.component, old.version, old.updated_at, new.updated_at, old.state);
    perform holdfast.trim_former_states(new.execution_id, new.component, new.keeps_states);
  end if;
  return null;
end
$$;

create trigger component_states_replaced after update of state on holdfast.component_states
  for each row when (new.keeps_states is not null)
  execute function holdfast.keep_former_component_state();

-- The former versions of a component's state go with it: the versions of its next one begin again.
create function holdfast.forget_former_states() returns trigger
  language plpgsql
  as $$
begin
  delete from holdfast.former_states as former where former.execution_id = old.execution_id and former.component = old.component;
  return null;
end
$$;

create trigger component_states_removed after delete on holdfast.component_states
  for each row when (old.keeps_states is not null)
  execute function holdfast.forget_former_states();

-- Sets how many former versions of a state are kept from now on, and removes those beyond. Returns whether there is such a state; an
-- execution counts as one, whether its state was written or not.
-- Locks: the execution or the component state, then the former versions.
create function holdfast.keep_states(execution text, of_component text, keep integer) returns boolean
  language plpgsql volatile
  as $$
begin
  if of_component = '' then
    update holdfast.executions as stored set keeps_states = nullif(keep, 0) where stored.id = execution;
  else
    update holdfast.component_states as stored set keeps_states = nullif(keep, 0)
      where stored.execution_id = execution and stored.component = of_component;
  end if;
  if not found then
    return false;
  end if;
  perform holdfast.trim_former_states(execution, of_component, keep);
  return true;
end
$$;
