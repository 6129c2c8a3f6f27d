const big = [1, 2, 3].filter((n) =&gt; n &gt; 1 &amp;&amp; n &lt; 9);
return big.length;
