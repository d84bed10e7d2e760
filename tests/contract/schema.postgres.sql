-- What a migration decides, a line each: columns, constraints and indexes of the tables that Better Auth makes.
select line from (
    select 'table ' || c.relname || ': ' ||
           string_agg(format('%I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                             coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''),
                             case when a.attnotnull then ' not null' else '' end), ', ' order by a.attnum) as line
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    group by c.relname
    union all
    select 'constraint ' || conname || ' on ' || conrelid::regclass || ': ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select indexdef from pg_indexes where schemaname = 'public'
) lines where line not like '%countersignMeta%' order by line collate "C"
