// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JsonText } from "../core/codec.ts";
import type { DefinitionStatus } from "../core/enums.generated.ts";
import { exec, many, maybe, one, type InBothOrders, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link activateDefinitions}. */
export interface ActivateDefinitionsParameters {
  readonly names: readonly string[];
  readonly versions: readonly number[];
}

/** A row of {@link activateDefinitions}. */
export interface ActivateDefinitionsRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * Activates versions, after the formerly active ones of their names were retired. An active version stays as it is. Answers in input
 * order. Fails with HF004 if a version does not exist.
 * Index: definitions_pkey. Locks: definitions, under the advisory locks of their names.
 */
export const activateDefinitions: StatementFunction<ActivateDefinitionsParameters, readonly ActivateDefinitionsRow[]> = many({
  name: "definitions/activateDefinitions",
  prepared: true,
  readsOnly: false,
  parameters: ["names","versions"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {"names":"text"},
  text: `with input as (
  select given.name, given.version, given.position
  from unnest((select $1::text[]), $2::integer[]) with ordinality as given(name, version, position)
), activated as (
  update holdfast.definitions as stored set
    status = 'active',
    deployed_at = case when stored.status = 'active' then stored.deployed_at else holdfast.now() end,
    updated_at = case when stored.status = 'active' then stored.updated_at else holdfast.now() end,
    retired_at = null
  from input
  where stored.name = input.name and stored.version = input.version
  returning stored.name, stored.version, stored.status, stored.document, stored.created_at, stored.updated_at, stored.deployed_at,
    stored.retired_at
)
select input.name as "name!", input.version as "version!", activated.status as "status!", activated.document as "document!",
  activated.created_at as "created_at!", activated.updated_at as "updated_at!", activated.deployed_at as "deployed_at?",
  activated.retired_at as "retired_at?"
from input
left join activated on activated.name = input.name and activated.version = input.version
where case
  when activated.name is null then
    holdfast.fail('HF004', format('definition %s has no version %s: publish it first', input.name, input.version),
      json_build_object('entity', 'definition', 'name', input.name, 'version', input.version))
  else true
end
order by input.position`,
});

/** The parameters of {@link findDefinitions}. */
export interface FindDefinitionsParameters {
  readonly containing: JsonText;
  readonly afterName: string;
  readonly afterVersion: number;
  readonly status: DefinitionStatus | null;
  readonly limit: number;
}

/** A row of {@link findDefinitions}. */
export interface FindDefinitionsRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * The versions whose document contains a given one, by name and version after given ones.
 * Index: definitions_document.
 */
export const findDefinitions: InBothOrders<FindDefinitionsParameters, readonly FindDefinitionsRow[]> = {
  asc: many({
  name: "definitions/findDefinitions",
  prepared: false,
  readsOnly: true,
  parameters: ["containing","afterName","afterVersion","status","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where document @> $1::jsonb
  and (name, version) > ($2, $3)
  and ($4::holdfast.definition_status is null or status = $4)
order by name, version
limit $5`,
}),
  desc: many({
  name: "definitions/findDefinitions desc",
  prepared: false,
  readsOnly: true,
  parameters: ["containing","afterName","afterVersion","status","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where document @> $1::jsonb
  and (name, version) < ($2, $3)
  and ($4::holdfast.definition_status is null or status = $4)
order by name desc, version desc
limit $5`,
}),
};

/** The parameters of {@link getActiveDefinition}. */
export interface GetActiveDefinitionParameters {
  readonly name: string;
}

/** A row of {@link getActiveDefinition}. */
export interface GetActiveDefinitionRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * The active version of a definition.
 * Index: definitions_active.
 */
export const getActiveDefinition: StatementFunction<GetActiveDefinitionParameters, GetActiveDefinitionRow | null> = maybe({
  name: "definitions/getActiveDefinition",
  prepared: true,
  readsOnly: true,
  parameters: ["name"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = $1 and status = 'active'`,
});

/** The parameters of {@link getDefinition}. */
export interface GetDefinitionParameters {
  readonly name: string;
  readonly version: number;
}

/** A row of {@link getDefinition}. */
export interface GetDefinitionRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * Reads one version of a definition.
 * Index: definitions_pkey.
 */
export const getDefinition: StatementFunction<GetDefinitionParameters, GetDefinitionRow | null> = maybe({
  name: "definitions/getDefinition",
  prepared: true,
  readsOnly: true,
  parameters: ["name","version"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = $1 and version = $2`,
});

/** The parameters of {@link getLatestDefinition}. */
export interface GetLatestDefinitionParameters {
  readonly name: string;
}

/** A row of {@link getLatestDefinition}. */
export interface GetLatestDefinitionRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * The version of a definition with the highest number, in any status.
 * Index: definitions_pkey, backwards.
 */
export const getLatestDefinition: StatementFunction<GetLatestDefinitionParameters, GetLatestDefinitionRow | null> = maybe({
  name: "definitions/getLatestDefinition",
  prepared: true,
  readsOnly: true,
  parameters: ["name"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = $1
order by version desc
limit 1`,
});

/** The parameters of {@link listDefinitions}. */
export interface ListDefinitionsParameters {
  readonly after: string;
  readonly status: DefinitionStatus | null;
  readonly limit: number;
}

/** A row of {@link listDefinitions}. */
export interface ListDefinitionsRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * The newest version of each name, optionally in a status, by name after a given one.
 * Index: definitions_pkey, and definitions_active for the active ones.
 */
export const listDefinitions: InBothOrders<ListDefinitionsParameters, readonly ListDefinitionsRow[]> = {
  asc: many({
  name: "definitions/listDefinitions",
  prepared: false,
  readsOnly: true,
  parameters: ["after","status","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select distinct on (name) name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name > $1 and ($2::holdfast.definition_status is null or status = $2)
order by name, version desc
limit $3`,
}),
  desc: many({
  name: "definitions/listDefinitions desc",
  prepared: false,
  readsOnly: true,
  parameters: ["after","status","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select distinct on (name) name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name < $1 and ($2::holdfast.definition_status is null or status = $2)
order by name desc, version desc
limit $3`,
}),
};

/** The parameters of {@link listDefinitionsByCreation}. */
export interface ListDefinitionsByCreationParameters {
  readonly status: DefinitionStatus | null;
  readonly afterMoment: string | null;
  readonly afterName: string | null;
  readonly limit: number;
}

/** A row of {@link listDefinitionsByCreation}. */
export interface ListDefinitionsByCreationRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
  readonly micros: string;
}

/**
 * The newest version of each name, optionally in a status, by its creation time, after a given time and name.
 * Index: definitions_created; definitions_pkey, to check whether there is a newer one.
 */
export const listDefinitionsByCreation: InBothOrders<ListDefinitionsByCreationParameters, readonly ListDefinitionsByCreationRow[]> = {
  asc: many({
  name: "definitions/listDefinitionsByCreation",
  prepared: false,
  readsOnly: true,
  parameters: ["status","afterMoment","afterName","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7], micros: row[8] }),
  elements: {},
  text: `select definition.name, definition.version, definition.status, definition.document, definition.created_at, definition.updated_at,
  definition.deployed_at, definition.retired_at,
  (extract(epoch from definition.created_at) * 1000000)::bigint::text as "micros!"
from holdfast.definitions as definition
where ($1::holdfast.definition_status is null or definition.status = $1)
  and not exists (
    select from holdfast.definitions as newer
    where newer.name = definition.name and newer.version > definition.version
      and ($1 is null or newer.status = $1)
  )
  and ($2::text is null or (definition.created_at, definition.name) > ($2::text::timestamptz, $3::text))
order by definition.created_at, definition.name
limit $4`,
}),
  desc: many({
  name: "definitions/listDefinitionsByCreation desc",
  prepared: false,
  readsOnly: true,
  parameters: ["status","afterMoment","afterName","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7], micros: row[8] }),
  elements: {},
  text: `select definition.name, definition.version, definition.status, definition.document, definition.created_at, definition.updated_at,
  definition.deployed_at, definition.retired_at,
  (extract(epoch from definition.created_at) * 1000000)::bigint::text as "micros!"
from holdfast.definitions as definition
where ($1::holdfast.definition_status is null or definition.status = $1)
  and not exists (
    select from holdfast.definitions as newer
    where newer.name = definition.name and newer.version > definition.version
      and ($1 is null or newer.status = $1)
  )
  and ($2::text is null or (definition.created_at, definition.name) < ($2::text::timestamptz, $3::text))
order by definition.created_at desc, definition.name desc
limit $4`,
}),
};

/** The parameters of {@link listVersions}. */
export interface ListVersionsParameters {
  readonly name: string;
  readonly after: number;
  readonly limit: number;
}

/** A row of {@link listVersions}. */
export interface ListVersionsRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * The versions of a definition, after a given one.
 * Index: definitions_pkey.
 */
export const listVersions: InBothOrders<ListVersionsParameters, readonly ListVersionsRow[]> = {
  asc: many({
  name: "definitions/listVersions",
  prepared: true,
  readsOnly: true,
  parameters: ["name","after","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = $1 and version > $2::bigint
order by version
limit $3`,
}),
  desc: many({
  name: "definitions/listVersions desc",
  prepared: true,
  readsOnly: true,
  parameters: ["name","after","limit"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {},
  text: `select name, version, status, document, created_at, updated_at, deployed_at, retired_at
from holdfast.definitions
where name = $1 and version < $2::bigint
order by version desc
limit $3`,
}),
};

/** The parameters of {@link lockDefinition}. */
export interface LockDefinitionParameters {
  readonly name: string;
  readonly version: number;
}

/** A row of {@link lockDefinition}. */
export interface LockDefinitionRow {
  readonly name: string;
  readonly version: number;
}

/**
 * Locks one version against new executions of it, which lock the key that they refer to.
 * Index: definitions_pkey. Locks: definitions.
 */
export const lockDefinition: StatementFunction<LockDefinitionParameters, LockDefinitionRow | null> = maybe({
  name: "definitions/lockDefinition",
  prepared: true,
  readsOnly: false,
  parameters: ["name","version"],
  object: (row) => ({ name: row[0], version: row[1] }),
  elements: {},
  text: `select name, version
from holdfast.definitions
where name = $1 and version = $2
for update`,
});

/** The parameters of {@link lockNames}. */
export interface LockNamesParameters {
  readonly names: readonly string[];
}

/**
 * Serializes transactions that publish or activate versions of one name, so that the next statement sees what the previous one wrote.
 * Locks: an advisory transaction lock per name, in hash order.
 */
export const lockNames: StatementFunction<LockNamesParameters, void> = exec({
  name: "definitions/lockNames",
  prepared: true,
  readsOnly: false,
  parameters: ["names"],
  object: () => ({}),
  elements: {"names":"text"},
  text: `select holdfast.lock_keys('definition', $1::text[])`,
});

/** The parameters of {@link publishDefinitions}. */
export interface PublishDefinitionsParameters {
  readonly names: readonly string[];
  readonly versions: readonly (number | null)[];
  readonly statuses: readonly DefinitionStatus[];
  readonly documents: readonly JsonText[];
}

/** A row of {@link publishDefinitions}. */
export interface PublishDefinitionsRow {
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * Adds versions of definitions, and answers in input order. Without a version, assigns the next of the name. An existing version fails
 * with HF007. Runs under the advisory locks of the names, after their active versions were retired if a new one is to be active.
 * Index: definitions_pkey. Locks: definitions in name order.
 */
export const publishDefinitions: StatementFunction<PublishDefinitionsParameters, readonly PublishDefinitionsRow[]> = many({
  name: "definitions/publishDefinitions",
  prepared: true,
  readsOnly: false,
  parameters: ["names","versions","statuses","documents"],
  object: (row) => ({ version: row[0], createdAt: row[1], updatedAt: row[2], deployedAt: row[3], retiredAt: row[4] }),
  elements: {"names":"text"},
  text: `with input as (
  select given.name, given.version, given.status, given.document, given.position
  from unnest((select $1::text[]), $2::integer[], $3::holdfast.definition_status[], $4::jsonb[])
    with ordinality as given(name, version, status, document, position)
), numbered as materialized (
  select input.name, input.status, input.document, input.position,
    coalesce(input.version, newest.version + 1, 1) as version
  from input
  left join lateral (
    select stored.version
    from holdfast.definitions as stored
    where stored.name = input.name
    order by stored.version desc
    limit 1
  ) as newest on true
  order by input.name collate "C"
), written as (
  insert into holdfast.definitions (name, version, status, document, created_at, updated_at, deployed_at, retired_at)
  select numbered.name, numbered.version, numbered.status, numbered.document, holdfast.now(), holdfast.now(),
    case when numbered.status = 'active' then holdfast.now() end,
    case when numbered.status = 'retired' then holdfast.now() end
  from numbered
  on conflict (name, version) do nothing
  returning name, version, created_at, updated_at, deployed_at, retired_at
)
select numbered.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.deployed_at as "deployed_at?", written.retired_at as "retired_at?"
from numbered
left join written on written.name = numbered.name and written.version = numbered.version
where case
  when written.name is null then
    holdfast.fail('HF007', format('version %s of definition %s exists: publish under another version, or leave it out for the next one',
      numbered.version, numbered.name),
      json_build_object('entity', 'definition', 'name', numbered.name, 'version', numbered.version))
  else true
end
order by numbered.position`,
});

/** The parameters of {@link removeDefinition}. */
export interface RemoveDefinitionParameters {
  readonly name: string;
  readonly version: number;
}

/** A row of {@link removeDefinition}. */
export interface RemoveDefinitionRow {
  readonly removed: boolean;
}

/**
 * Removes one version and returns whether it existed. Fails with HF001 while executions refer to it. The statement before locks the
 * version, so no execution begins to refer to it.
 * Index: definitions_pkey, executions_of_definition. Locks: definitions.
 */
export const removeDefinition: StatementFunction<RemoveDefinitionParameters, RemoveDefinitionRow> = one({
  name: "definitions/removeDefinition",
  prepared: true,
  readsOnly: false,
  parameters: ["name","version"],
  object: (row) => ({ removed: row[0] }),
  elements: {},
  text: `with referring as materialized (
  select count(*) as executions
  from holdfast.executions as execution
  where execution.definition_name = $1 and execution.definition_version = $2
), removed as (
  delete from holdfast.definitions as stored
  using referring
  where stored.name = $1 and stored.version = $2
    and case
      when referring.executions > 0 then
        holdfast.fail('HF001', format('version %s of definition %s has executions (%s): remove them first, or remove it with cascade',
          stored.version, stored.name, referring.executions),
          json_build_object('reason', 'references', 'entity', 'definition', 'name', stored.name, 'version', stored.version, 'executions', referring.executions))
      else true
    end
  returning stored.name
)
select count(*) > 0 as "removed!"
from removed`,
});

/** The parameters of {@link removeExecutionsOf}. */
export interface RemoveExecutionsOfParameters {
  readonly name: string;
  readonly version: number;
}

/**
 * Removes the executions of one version, with everything they own.
 * Index: executions_of_definition, executions_pkey. Locks: executions in id order, then those of remove_jobs_of; the version is locked
 * before.
 */
export const removeExecutionsOf: StatementFunction<RemoveExecutionsOfParameters, void> = exec({
  name: "definitions/removeExecutionsOf",
  prepared: true,
  readsOnly: false,
  parameters: ["name","version"],
  object: () => ({}),
  elements: {},
  text: `with locked as materialized (
  select execution.id
  from holdfast.executions as execution
  where execution.definition_name = $1 and execution.definition_version = $2
  order by execution.id
  for update of execution
), removed as (
  delete from holdfast.executions as stored
  where stored.id = any(array(select locked.id::text from locked))
    and (select holdfast.remove_jobs_of(array(select locked.id::text from locked))) >= 0
)
select count(*) as "removed!"
from locked`,
});

/** The parameters of {@link retireActive}. */
export interface RetireActiveParameters {
  readonly names: readonly string[];
  readonly keep: readonly (number | null)[];
}

/**
 * Retires the active version of each name, unless it is the one to keep.
 * Index: definitions_active. Locks: definitions, under the advisory locks of their names.
 */
export const retireActive: StatementFunction<RetireActiveParameters, void> = exec({
  name: "definitions/retireActive",
  prepared: true,
  readsOnly: false,
  parameters: ["names","keep"],
  object: () => ({}),
  elements: {"names":"text"},
  text: `update holdfast.definitions as stored set
  status = 'retired', retired_at = holdfast.now(), updated_at = holdfast.now()
from unnest((select $1::text[]), $2::integer[]) as input(name, keep)
where stored.name = input.name and stored.status = 'active' and stored.version is distinct from input.keep`,
});

/** The parameters of {@link retireDefinitions}. */
export interface RetireDefinitionsParameters {
  readonly names: readonly string[];
  readonly versions: readonly number[];
}

/** A row of {@link retireDefinitions}. */
export interface RetireDefinitionsRow {
  readonly name: string;
  readonly version: number;
  readonly status: DefinitionStatus;
  readonly document: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deployedAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * Retires versions. A retired version stays as it is. Answers in input order. Fails with HF004 if a version does not exist.
 * Index: definitions_pkey. Locks: definitions, under the advisory locks of their names.
 */
export const retireDefinitions: StatementFunction<RetireDefinitionsParameters, readonly RetireDefinitionsRow[]> = many({
  name: "definitions/retireDefinitions",
  prepared: true,
  readsOnly: false,
  parameters: ["names","versions"],
  object: (row) => ({ name: row[0], version: row[1], status: row[2], document: row[3], createdAt: row[4], updatedAt: row[5], deployedAt: row[6], retiredAt: row[7] }),
  elements: {"names":"text"},
  text: `with input as (
  select given.name, given.version, given.position
  from unnest((select $1::text[]), $2::integer[]) with ordinality as given(name, version, position)
), retired as (
  update holdfast.definitions as stored set
    status = 'retired',
    retired_at = coalesce(stored.retired_at, holdfast.now()),
    updated_at = case when stored.status = 'retired' then stored.updated_at else holdfast.now() end
  from input
  where stored.name = input.name and stored.version = input.version
  returning stored.name, stored.version, stored.status, stored.document, stored.created_at, stored.updated_at, stored.deployed_at,
    stored.retired_at
)
select input.name as "name!", input.version as "version!", retired.status as "status!", retired.document as "document!",
  retired.created_at as "created_at!", retired.updated_at as "updated_at!", retired.deployed_at as "deployed_at?",
  retired.retired_at as "retired_at?"
from input
left join retired on retired.name = input.name and retired.version = input.version
where case
  when retired.name is null then
    holdfast.fail('HF004', format('definition %s has no version %s: publish it first', input.name, input.version),
      json_build_object('entity', 'definition', 'name', input.name, 'version', input.version))
  else true
end
order by input.position`,
});
