const big = [1, 2, 3].filter((n) =&gt; n &gt; 1 &amp;&amp; n &lt; 9);
return big.length;
//= returned 2
//= repair: The script was escaped for HTML (`&gt;` instead of `>`): it was unescaped
