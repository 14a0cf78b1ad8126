-- What the processes of a store do in turns, whichever comes first, and when each is due next.
create table holdfast.turns (
  name holdfast.id primary key,
  due_at timestamptz not null
);

insert into holdfast.turns (name, due_at) values ('retention', '2000-01-01Z');
