const é = 'abc;
