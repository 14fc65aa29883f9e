-- A store with tables, indexes, joins, text search, JSON, window functions, and much that is deleted again.
create table stock(id integer primary key, name text, kind text, cents real);
create index by_kind on stock(kind, cents);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
  insert into stock select i, printf('article %d of the house', i * 7919 % 60013),
    substr('abcdefghijklmnopqrstuvwxyz', 1 + i * 31 % 23, 1 + i % 3), (i * 104729 % 10007) / 100.0 from n;
select kind, count(*), sum(cents), length(group_concat(name)) from stock group by kind having count(*) > 5;
create table orders(id integer primary key, stock integer references stock(id), amount integer, note text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 80000)
  insert into orders select i, 1 + i * 613 % 60000, 1 + i % 9, printf('%.*c', i % 300, 'x') from n;
select kind, sum(amount * cents) from stock join orders on orders.stock = stock.id group by kind order by 2 desc;
select length(json_group_array(json_object('name', name, 'cents', cents))) from stock where kind like 'a%';
create virtual table texts using fts5(body);
insert into texts select name || ' ' || kind || ' ' || id from stock where id % 4 = 0;
select count(*), min(rowid) from texts where texts match 'article AND 1*';
update stock set name = upper(name) || hex(zeroblob(id % 100)) where id % 3 = 0;
delete from orders where id % 4 = 0;
create view sold as select name, sum(amount) as amount from stock, orders where orders.stock = stock.id group by name;
select name, amount from sold where amount > 12 order by amount, name limit 100;
select id, cents, sum(cents) over (partition by kind order by id rows 9 preceding) from stock order by id limit 200;
select length(group_concat(hex(zeroblob(id % 500)), '')) from stock where id < 20000;
drop table texts;
vacuum;
pragma integrity_check;
select count(distinct name), max(length(note)) from stock, orders where orders.id = stock.id;
