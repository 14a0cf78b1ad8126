-- Turns that the processes of a store take, whichever comes first, and when each is due next.
create table holdfast.turns (
  name holdfast.id primary key,
  due_at timestamptz not null
);

insert into holdfast.turns (name, due_at) values ('retention', '2000-01-01Z');
