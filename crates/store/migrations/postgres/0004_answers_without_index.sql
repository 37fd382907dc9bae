-- Answers are read and pruned a table at a time, which the key serves: an order by age is soon made, and an index of it
-- would be one more page in each commit.
drop index answers_by_age;
