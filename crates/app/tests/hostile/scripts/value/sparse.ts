// expect: returned [null,null,1]
const sparse: number[] = [];
sparse[2] = 1;
return sparse;
