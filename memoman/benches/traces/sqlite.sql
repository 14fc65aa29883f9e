-- What benches/traces/sqlite.trace is a recording of.
create table stock(id integer primary key, name text, kind text, price real);
create index by_kind on stock(kind, price);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
  insert into stock select i, printf('article %d of the house', i * 7919 % 2003),
    substr('abcdefghijklmnopqrstuvwxyz', 1 + i * 31 % 23, 1 + i % 3), (i * 104729 % 10007) / 100.0 from n;
select kind, count(*), sum(price), group_concat(name) from stock group by kind having count(*) > 5;
create table orders(id integer primary key, stock integer references stock(id), amount integer, note text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500)
  insert into orders select i, 1 + i * 613 % 2000, 1 + i % 9, hex(randomblob(0)) || printf('%.*c', i % 200, 'x') from n;
select kind, sum(amount * price) from stock join orders on orders.stock = stock.id group by kind order by 2 desc;
select json_group_array(json_object('name', name, 'price', price)) from stock where kind like 'a%';
update stock set name = upper(name) where id % 3 = 0;
delete from orders where id % 4 = 0;
create view sold as select name, sum(amount) as amount from stock, orders where orders.stock = stock.id group by name;
select name, amount from sold where amount > 12 order by amount, name limit 100;
vacuum;
select count(distinct name), max(length(note)) from stock, orders where orders.id = stock.id;
