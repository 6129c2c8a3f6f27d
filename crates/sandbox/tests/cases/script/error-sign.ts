const small = 1 ≤ 2;
return small;