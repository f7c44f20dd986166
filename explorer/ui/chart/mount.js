// What every chart on a page carries; the rest is fetched once.
const component = import(__FOLDER__ + "__SCRIPT__");

export default function (chart) {
  let leave = null;
  let gone = false;
  component.then(
    ({ default: show }) => {
      if (!gone) leave = show(chart);
    },
    () => chart.setStateValue("failed", true),
  );
  return () => {
    gone = true;
    leave?.();
  };
}
