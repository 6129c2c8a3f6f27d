const page = <div>hello</div>;
return page;
