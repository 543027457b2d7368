#include "cli/language_table.h"

namespace hotaru::cli {
namespace {

// Prices, limits and errors first: what costs money, and what stops a first-time user.
constexpr Pair pairs[] = {
    // What is running, and how to begin.
    {"No AWS account is set up on this machine. Nothing is running that hotaru knows of.",
     "このマシンには AWS アカウントが設定されていません。hotaru の知る限り、動いているものはありません。"},
    {"The sim is not running here. Nothing is running that hotaru knows of.",
     "sim は起動していません。hotaru の知る限り、動いているものはありません。"},
    {"Nothing of hotaru's is running, and nothing of it bills.",
     "hotaru のインスタンスは動いておらず、料金もかかっていません。"},
    {"{1} an hour now, {2} since they began: instances, disks and addresses, {3}. All of it is simulated: nothing is "
     "billed.",
     "現在 1 時間あたり {1}、開始から {2} (インスタンス、ディスク、アドレスの合計、{3})。すべてシミュレーションで、"
     "料金はかかりません。"},
    {"{1} an hour now, {2} since they began: instances, disks and addresses, {3}.",
     "現在 1 時間あたり {1}、開始から {2} (インスタンス、ディスク、アドレスの合計、{3})。"},
    {"The sim runs here, too: hotaru --cloud sim", "sim も動いています: hotaru --cloud sim"},
    {"To begin:", "はじめに:"},
    {"Next:", "次に:"},
    // Prices.
    {"Price", "料金"},
    {"  of which", "  内訳"},
    {"  not known", "  不明"},
    {"  stopped", "  停止中"},
    {"  at most", "  最大"},
    {"  as of", "  価格の日付"},
    {"Now", "現在"},
    {"Today", "今日"},
    {"This month", "今月"},
    {"Forecast", "予測"},
    {"Before tax", "税抜き"},
    {"Not counted", "含まないもの"},
    {"Prices", "価格"},
    {"{1}/h, {2} a day, {3} a month", "1 時間 {1}、1 日 {2}、1 か月 {3}"},
    {"{1}/h, {2} a day, {3} a month (simulated: nothing is billed)",
     "1 時間 {1}、1 日 {2}、1 か月 {3} (シミュレーション: 料金はかかりません)"},
    {"{1}/h, {2} a month: the disk", "1 時間 {1}、1 か月 {2} (ディスク)"},
    {"not possible: a one-time spot instance ends instead", "できません: 一回限りのスポットインスタンスは終了します"},
    {"{1} an hour", "1 時間あたり {1}"},
    {"{1} is stopped and still bills {2}/h ({3} a month): its disk and alarms, until hotaru down {4}.",
     "{1} は停止中ですが、ディスクとアラームに 1 時間 {2} (1 か月 {3}) かかり続けます。hotaru down {4} で終わります。"},
    // Limits.
    {"Limits", "制限"},
    {"none: it bills until you end it", "なし: 終了させるまで料金がかかります"},
    {"stops when idle for {1}, at {2} (proposed; say --for, --until, --idle, --budget or --no-limits)",
     "{1} 使われないとき、または {2} に停止 (提案です。--for, --until, --idle, --budget, --no-limits で変えられます)"},
    {"stops when idle for {1}, at {2}", "{1} 使われないとき、または {2} に停止"},
    {"terminates when idle for {1}, at {2}", "{1} 使われないとき、または {2} に終了 (ディスクも消えます)"},
    {"Idleness is measured in minutes.", "アイドル時間は分単位で測ります。"},
    {"--no-limits and a limit cannot both be.", "--no-limits と制限は同時に指定できません。"},
    {"\"{1}\" is no length of time.", "「{1}」は時間の長さではありません。"},
    {"\"{1}\" is no budget.", "「{1}」は予算ではありません。"},
    {"Say it as in 30m, 8h or 1d12h.", "30m、8h、1d12h のように書いてください。"},
    {"Say it as in 5usd.", "5usd のように書いてください。"},
    // A plan.
    {"Name", "名前"},
    {"Instance type", "インスタンスタイプ"},
    {"Region", "リージョン"},
    {"Zone", "ゾーン"},
    {"Or else", "ほかの候補"},
    {"Image", "イメージ"},
    {"Disk", "ディスク"},
    {"Local disk", "ローカルディスク"},
    {"Open to", "接続元"},
    {"Launch it?", "起動しますか?"},
    {"Nothing was launched.", "何も起動していません。"},
    {"Nothing was written.", "何も書き込んでいません。"},
    {"Interrupted.", "中断しました。"},
    {"There is no terminal to ask at: {1}.", "質問できる端末がありません: {1}。"},
    {"Say --yes if that is what you want.", "それでよければ --yes を付けてください。"},
    // Errors: the account.
    {"There are no AWS credentials in {1}.", "AWS の認証情報がありません ({1})。"},
    {"Run 'hotaru init', which tells how to get some, or name a profile with --profile; '--cloud sim' needs none.",
     "hotaru init を実行すると取得方法を案内します。--profile でプロファイルを指定することもできます。--cloud sim "
     "には不要です。"},
    {"AWS was not able to validate the provided access credentials.", "AWS がアクセスキーを確認できませんでした。"},
    {"Check the access key, and that the region is enabled for the account (AWS does not know keys in regions that are "
     "not).",
     "アクセスキーと、そのリージョンがアカウントで有効かどうかを確かめてください (無効なリージョンではキーが認識され"
     "ません)。"},
    {"Not permitted: {1}. {2}", "許可されていません: {1}。{2}"},
    {"The identity needs permission for this action (see 'aws sts get-caller-identity').",
     "この操作の権限が必要です (誰として実行しているかは hotaru doctor で分かります)。"},
    {"AWS verifies new accounts before the first launches in a region, usually within minutes, at most four hours. Try "
     "again then.",
     "新しいアカウントは最初の起動の前に AWS が確認します。通常は数分、最大 4 時間です。その後やり直してください。"},
    {"This machine's clock is wrong (see 'date -u').",
     "このマシンの時計が合っていません ('date -u' で確かめてください)。"},
    // Errors: quota, capacity, network.
    {"Ask for more: hotaru quota request TYPE (new accounts have 0 for GPU types). Another region may have some left: "
     "hotaru quota --all-regions.",
     "増やすには hotaru quota request TYPE (新しいアカウントの GPU のクォータは 0 です)。ほかのリージョンの空きは "
     "hotaru quota --all-regions で分かります。"},
    {"AWS has no such instance free there now. Try another zone or region, or another type.",
     "現在そのインスタンスの空きがありません。別のゾーン、リージョン、タイプを試してください。"},
    {"AWS asks for patience; try again in a minute.", "AWS が混み合っています。1 分ほど待ってやり直してください。"},
    {"There is no instance of hotaru's.", "hotaru のインスタンスはありません。"},
    {"There is no instance {1}.", "インスタンス {1} はありません。"},
    {"`hotaru ls` shows what there is.", "hotaru ls で一覧が見られます。"},
    {"Did you mean {1}?", "{1} のことですか?"},
    {"Your address is {1} now, and {2} lets in only {3}.",
     "あなたのアドレスは今 {1} ですが、{2} は {3} からの接続だけを許可しています。"},
    {"`hotaru show {1} --fix-access` lets it in.", "hotaru show {1} --fix-access で許可できます。"},
    {"Do not connect. Another machine may have the address by now: look with `hotaru show {1}`.",
     "接続しないでください。別のマシンがそのアドレスを使っているかもしれません。hotaru show {1} で確かめてください。"},
    {"Whoever answers at {1} is not {2}: its host key is not the one that is known.",
     "{1} で応答しているのは {2} ではありません。ホスト鍵が違います。"},
    // Errors: what was typed.
    {"There is no option {1}.", "オプション {1} はありません。"},
    {"There is no command \"{1}\".", "コマンド「{1}」はありません。"},
    {"There is no setting \"{1}\".", "設定「{1}」はありません。"},
    {"{1} is missing.", "{1} がありません。"},
    {"See: hotaru {1} --help.", "hotaru {1} --help を見てください。"},
};

}  // namespace

std::span<const Pair> japanese_pairs() { return pairs; }

}  // namespace hotaru::cli
